// The resident prober of `meshproof upgrade`, and the server that it asks. One program, no dependencies:
//
//	prober ask FILE     asks every pair of a file at a steady pace and writes one JSON line for each answer
//	prober serve        answers on HTTP 8080 and on TCP 9000 and 9001, and drains when it is told to end
//	prober pause|resume tells the prober that runs in this container
package main

import (
	"fmt"
	"log"
	"os"
	"syscall"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: prober ask FILE | serve | pause | resume")
	}
	var err error
	switch os.Args[1] {
	case "ask":
		if len(os.Args) != 3 {
			log.Fatal("usage: prober ask FILE")
		}
		err = ask(os.Args[2])
	case "serve":
		err = serve()
	case "pause":
		err = syscall.Kill(1, syscall.SIGUSR1)
	case "resume":
		err = syscall.Kill(1, syscall.SIGUSR2)
	default:
		err = fmt.Errorf("%q is no verb of this program", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}
