module meshproof.dev/build/pause

go 1.24.0
