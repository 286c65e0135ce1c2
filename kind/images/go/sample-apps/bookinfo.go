package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"path"
	"strconv"
	"sync"
	"time"
)

// Details answers any method, as its public image does.
func details() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("/health", healthy("Details is healthy"))
	routes.HandleFunc("/details/", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(path.Base(r.URL.Path))
		if err != nil {
			answer(w, http.StatusBadRequest, map[string]string{"error": "please provide numeric product id"})
			return
		}
		answer(w, http.StatusOK, struct {
			ID        int    `json:"id"`
			Author    string `json:"author"`
			Year      int    `json:"year"`
			Type      string `json:"type"`
			Pages     int    `json:"pages"`
			Publisher string `json:"publisher"`
			Language  string `json:"language"`
			ISBN10    string `json:"ISBN-10"`
			ISBN13    string `json:"ISBN-13"`
		}{id, "William Shakespeare", 1595, "paperback", 200, "PublisherA", "English", "1234567890", "123-1234567890"})
	})
	return routes
}

type stars map[string]int

type rating struct {
	ID      int   `json:"id"`
	Ratings stars `json:"ratings"`
}

// Ratings keeps what is posted until the pod ends.
func ratings() http.Handler {
	var lock sync.Mutex
	given := map[int]stars{}
	respond := func(w http.ResponseWriter, r *http.Request, change func(id int) bool) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil {
			answer(w, http.StatusBadRequest, map[string]string{"error": "please provide numeric product ID"})
			return
		}
		lock.Lock()
		defer lock.Unlock()
		if !change(id) {
			answer(w, http.StatusBadRequest, map[string]string{"error": "please provide valid ratings JSON"})
			return
		}
		all, known := given[id]
		if !known {
			all = stars{"Reviewer1": 5, "Reviewer2": 4}
		}
		answer(w, http.StatusOK, rating{id, all})
	}

	routes := http.NewServeMux()
	routes.HandleFunc("GET /health", healthy("Ratings is healthy"))
	routes.HandleFunc("GET /ratings/{id}", func(w http.ResponseWriter, r *http.Request) {
		respond(w, r, func(int) bool { return true })
	})
	routes.HandleFunc("POST /ratings/{id}", func(w http.ResponseWriter, r *http.Request) {
		var posted stars
		err := json.NewDecoder(io.LimitReader(r.Body, longestAnswer)).Decode(&posted)
		respond(w, r, func(id int) bool {
			if err == nil {
				given[id] = posted
			}
			return err == nil
		})
	})
	return routes
}

// What tells the three versions of reviews apart.
type versionSettings struct {
	ratings string
	stars   bool
	color   string
	pod     string
	cluster string
}

func reviewsSettings() versionSettings {
	return versionSettings{
		ratings: backends().ratings,
		stars:   os.Getenv("ENABLE_RATINGS") == "true",
		color:   setting("STAR_COLOR", "black"),
		pod:     os.Getenv("HOSTNAME"),
		cluster: setting("CLUSTER_NAME", "null"),
	}
}

type review struct {
	Reviewer string         `json:"reviewer"`
	Text     string         `json:"text"`
	Rating   map[string]any `json:"rating,omitempty"`
}

func reviews(version versionSettings) http.Handler {
	written := []review{
		{Reviewer: "Reviewer1", Text: "Twins, shipwrecks and a lost purse: I laughed from the first mistake to the last."},
		{Reviewer: "Reviewer2", Text: "A quick and merry play, though nobody in it ever stops to think."},
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /health", healthy("Reviews is healthy"))
	routes.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		shown := append([]review{}, written...)
		if version.stars {
			rate(shown, version, starsOf(r, version, id))
		}
		answer(w, http.StatusOK, struct {
			ID      string   `json:"id"`
			Pod     string   `json:"podname"`
			Cluster string   `json:"clustername"`
			Reviews []review `json:"reviews"`
		}{strconv.Itoa(id), version.pod, version.cluster, shown})
	})
	return routes
}

func rate(shown []review, version versionSettings, all stars) {
	for index := range shown {
		count, rated := all[shown[index].Reviewer]
		if rated {
			shown[index].Rating = map[string]any{"stars": count, "color": version.color}
		} else {
			shown[index].Rating = map[string]any{"error": "Ratings service is currently unavailable"}
		}
	}
}

// None when the ratings service refuses, breaks off or takes too long: v3 waits less than v2.
func starsOf(served *http.Request, version versionSettings, id int) stars {
	within := 10 * time.Second
	if version.color != "black" {
		within = 2500 * time.Millisecond
	}
	url := version.ratings + "/ratings/" + strconv.Itoa(id)
	code, body, err := call{url: url, within: within, headers: []string{"end-user"}}.ask(served)
	if err != nil || code != http.StatusOK {
		log.Printf("no ratings from %s: status %d, %v", url, code, err)
		return nil
	}
	var got rating
	if err := json.Unmarshal(body, &got); err != nil {
		log.Printf("%s did not answer in JSON: %v", url, err)
		return nil
	}
	return got.Ratings
}

func healthy(status string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": status})
	}
}
