package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

type book struct {
	ID     string `json:"id"`
	Name   string `json:"bookname"`
	Author string `json:"author"`
}

type movie struct {
	ID    string `json:"id"`
	Name  string `json:"Moviename"`
	Actor string `json:"Actor"`
}

func books() http.Handler {
	return collection("/book", func(one *book) *string { return &one.ID },
		[]book{{"1", "Harry Potter", "J.K. Rowling"}, {"2", "Animal Farm", "George Orwell"}})
}

func movies() http.Handler {
	return collection("/movie", func(one *movie) *string { return &one.ID },
		[]movie{{"1", "Inception", "Leonardo DiCaprio"}, {"2", "Batman", "Jack Nicholson"}})
}

// A probe may post for hours: beyond this many, the oldest that was posted makes room.
const most = 100

// A list under one path that can be read, added to, changed and deleted from. Deleting what is not there is no error, so that
// a question asked again gets the same answer.
func collection[T any](path string, idOf func(*T) *string, first []T) http.Handler {
	var lock sync.Mutex
	items := slices.Clone(first)
	last := len(first)
	kept := []string{}
	for _, one := range first {
		kept = append(kept, *idOf(&one))
	}
	place := func(id string) int {
		return slices.IndexFunc(items, func(one T) bool { return *idOf(&one) == id })
	}
	locked := func(work http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			lock.Lock()
			defer lock.Unlock()
			work(w, r)
		}
	}
	write := func(work func(w http.ResponseWriter, r *http.Request, sent T)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var sent T
			if err := json.NewDecoder(io.LimitReader(r.Body, longestAnswer)).Decode(&sent); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			locked(func(w http.ResponseWriter, r *http.Request) { work(w, r, sent) })(w, r)
		}
	}

	routes := http.NewServeMux()
	routes.HandleFunc("GET "+path, locked(func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, items) }))
	routes.HandleFunc("POST "+path, write(func(w http.ResponseWriter, _ *http.Request, sent T) {
		last++
		*idOf(&sent) = strconv.Itoa(last)
		items = append(items, sent)
		if posted := slices.IndexFunc(items, func(one T) bool { return !slices.Contains(kept, *idOf(&one)) }); len(items) > most {
			items = slices.Delete(items, posted, posted+1)
		}
		answer(w, http.StatusOK, sent)
	}))
	routes.HandleFunc("GET "+path+"/{id}", locked(func(w http.ResponseWriter, r *http.Request) {
		if at := place(r.PathValue("id")); at >= 0 {
			answer(w, http.StatusOK, items[at])
			return
		}
		http.NotFound(w, r)
	}))
	routes.HandleFunc("PUT "+path+"/{id}", write(func(w http.ResponseWriter, r *http.Request, sent T) {
		at := place(r.PathValue("id"))
		if at < 0 {
			http.NotFound(w, r)
			return
		}
		*idOf(&sent) = r.PathValue("id")
		items[at] = sent
		answer(w, http.StatusOK, sent)
	}))
	routes.HandleFunc("DELETE "+path+"/{id}", locked(func(w http.ResponseWriter, r *http.Request) {
		if at := place(r.PathValue("id")); at >= 0 {
			items = slices.Delete(items, at, at+1)
		}
		answer(w, http.StatusOK, items)
	}))
	return routes
}
