module meshproof.dev/build/sample-apps

go 1.24.0
