module meshproof.dev/prober

go 1.24
