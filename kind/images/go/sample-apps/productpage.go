package main

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"log"
	"net/http"
	"time"
)

//go:embed productpage.html
var pageText string

var page = template.Must(template.New("productpage").Funcs(template.FuncMap{
	"full":  func(stars any) []struct{} { return make([]struct{}, starCount(stars)) },
	"empty": func(stars any) []struct{} { return make([]struct{}, 5-starCount(stars)) },
}).Parse(pageText))

// Where the services behind the page are.
type services struct{ details, reviews, ratings string }

func backends() services {
	at := func(name, host, port string) string {
		domain := setting("SERVICES_DOMAIN", "")
		if domain != "" {
			domain = "." + domain
		}
		return "http://" + setting(host, name) + domain + ":" + setting(port, "9080")
	}
	return services{
		details: at("details", "DETAILS_HOSTNAME", "DETAILS_SERVICE_PORT"),
		reviews: at("reviews", "REVIEWS_HOSTNAME", "REVIEWS_SERVICE_PORT"),
		ratings: at("ratings", "RATINGS_HOSTNAME", "RATINGS_SERVICE_PORT"),
	}
}

type product struct {
	ID          int           `json:"id"`
	Title       string        `json:"title"`
	Description template.HTML `json:"descriptionHtml"`
}

var catalogue = []product{{
	Title:       "The Comedy of Errors",
	Description: "An early play by <b>William Shakespeare</b>, in which two pairs of twins are taken for one another.",
}}

// What a service said, or why the page has nothing of it.
type part struct {
	Status int
	Body   map[string]any
}

func productpage(at services) http.Handler {
	// The page asks for reviews a second time when the first answer is not good, and for nothing else.
	fetchDetails := func(r *http.Request, id string) part { return fetch(r, at.details+"/details/"+id, "details", 1) }
	fetchReviews := func(r *http.Request, id string) part { return fetch(r, at.reviews+"/reviews/"+id, "reviews", 2) }
	fetchRatings := func(r *http.Request, id string) part { return fetch(r, at.ratings+"/ratings/"+id, "ratings", 1) }
	relay := func(of func(*http.Request, string) part) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			got := of(r, r.PathValue("id"))
			answer(w, got.Status, got.Body)
		}
	}

	routes := http.NewServeMux()
	routes.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { write(w, "Product page is healthy") })
	routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		write(w, `<title>Simple Bookstore App</title><a href="/productpage">The product page</a>`)
	})
	routes.HandleFunc("GET /productpage", func(w http.ResponseWriter, r *http.Request) {
		show(w, map[string]any{"Product": catalogue[0], "Details": fetchDetails(r, "0"), "Reviews": fetchReviews(r, "0")})
	})
	routes.HandleFunc("GET /api/v1/products", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, catalogue) })
	routes.HandleFunc("GET /api/v1/products/{id}", relay(fetchDetails))
	routes.HandleFunc("GET /api/v1/products/{id}/reviews", relay(fetchReviews))
	routes.HandleFunc("GET /api/v1/products/{id}/ratings", relay(fetchRatings))
	return routes
}

func show(w http.ResponseWriter, facts any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Execute(w, facts); err != nil {
		log.Printf("the page broke off: %v", err)
	}
}

// Asks up to `tries` times. The page itself is served whatever comes of it.
func fetch(served *http.Request, url, what string, tries int) part {
	status := http.StatusInternalServerError
	for range tries {
		code, body, err := call{url: url, within: 3 * time.Second}.ask(served)
		if err != nil {
			log.Printf("no answer from %s: %v", url, err)
			status = http.StatusInternalServerError
			continue
		}
		status = code
		if code != http.StatusOK {
			continue
		}
		var read map[string]any
		if err := json.Unmarshal(body, &read); err != nil {
			log.Printf("%s did not answer in JSON: %v", url, err)
			status = http.StatusInternalServerError
			continue
		}
		return part{Status: http.StatusOK, Body: read}
	}
	return part{Status: status, Body: map[string]any{"error": "Sorry, product " + what + " are currently unavailable for this book."}}
}

func starCount(stars any) int {
	number, _ := stars.(float64)
	return min(max(int(number), 0), 5)
}

func write(w http.ResponseWriter, text string) {
	if _, err := w.Write([]byte(text)); err != nil {
		log.Printf("the client is gone: %v", err)
	}
}
