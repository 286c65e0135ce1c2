package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

type question struct {
	method, url, body string
	headers           map[string]string
}

func (q question) ask(t *testing.T) (int, string) {
	t.Helper()
	method := q.method
	if method == "" {
		method = http.MethodGet
	}
	request, err := http.NewRequest(method, q.url, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range q.headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func refusing(status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "RBAC: access denied", status)
	})
}

const (
	noDetails = "Error fetching product details"
	noReviews = "Error fetching product reviews"
	noRatings = "Ratings service is currently unavailable"
	black     = "gap-x-1 text-black-500"
	red       = "gap-x-1 text-red-500"
)

func TestThePageShowsWhatTheServicesBehindItSay(t *testing.T) {
	up := serve(t, ratings())
	denied := serve(t, refusing(http.StatusForbidden))
	gone := "http://127.0.0.1:1"
	v1 := versionSettings{ratings: denied, color: "black", pod: "reviews-v1-abc", cluster: "null"}
	v2 := versionSettings{ratings: up, stars: true, color: "black", pod: "reviews-v2-abc", cluster: "null"}
	v3 := versionSettings{ratings: up, stars: true, color: "red", pod: "reviews-v3-abc", cluster: "null"}
	unrated := versionSettings{ratings: denied, stars: true, color: "red", pod: "reviews-v3-abc", cluster: "null"}
	cases := map[string]struct {
		details, reviews string
		sees, lacks      []string
	}{
		"v1 has no stars":       {serve(t, details()), serve(t, reviews(v1)), []string{"Book Details", "1234567890", "reviews-v1-abc"}, []string{black, red, noRatings, noDetails}},
		"v2 has black stars":    {serve(t, details()), serve(t, reviews(v2)), []string{black, "reviews-v2-abc"}, []string{red, noRatings}},
		"v3 has red stars":      {serve(t, details()), serve(t, reviews(v3)), []string{red, "reviews-v3-abc"}, []string{black, noRatings}},
		"ratings are denied":    {serve(t, details()), serve(t, reviews(unrated)), []string{"Book Reviews", noRatings}, []string{black, red, noReviews}},
		"reviews are denied":    {serve(t, details()), denied, []string{"Book Details", noReviews}, []string{noDetails, noRatings}},
		"details are denied":    {denied, serve(t, reviews(v2)), []string{noDetails, "Book Reviews"}, []string{noReviews}},
		"nobody answers behind": {gone, gone, []string{noDetails, noReviews}, []string{black}},
	}
	for name, given := range cases {
		t.Run(name, func(t *testing.T) {
			status, body := question{url: serve(t, productpage(services{details: given.details, reviews: given.reviews})) + "/productpage"}.ask(t)
			if status != http.StatusOK || !strings.Contains(body, "<title>Simple Bookstore App</title>") || !strings.Contains(body, "</html>") {
				t.Errorf("status %d, body %s", status, body)
			}
			for _, text := range given.sees {
				if !strings.Contains(body, text) {
					t.Errorf("the page does not show %q: %s", text, body)
				}
			}
			for _, text := range given.lacks {
				if strings.Contains(body, text) {
					t.Errorf("the page shows %q: %s", text, body)
				}
			}
		})
	}
}

func TestThePageShowsFiveAndFourStars(t *testing.T) {
	rated := serve(t, reviews(versionSettings{ratings: serve(t, ratings()), stars: true, color: "black"}))
	_, body := question{url: serve(t, productpage(services{details: serve(t, details()), reviews: rated})) + "/productpage"}.ask(t)
	full, empty := strings.Count(body, "glyphicon glyphicon-star"), strings.Count(body, "☆")
	if full != 9 || empty != 1 {
		t.Errorf("%d full and %d empty stars", full, empty)
	}
}

func TestReviewsAreAskedForTwiceAndDetailsOnce(t *testing.T) {
	asked := map[string]int{}
	behind := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		http.Error(w, "no", http.StatusForbidden)
	}))
	question{url: serve(t, productpage(services{details: behind, reviews: behind})) + "/productpage"}.ask(t)
	if asked["/details/0"] != 1 || asked["/reviews/0"] != 2 {
		t.Errorf("asked %v", asked)
	}
}

func TestOnlyKnownHeadersArePassedOn(t *testing.T) {
	var seen http.Header
	behind := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		answer(w, http.StatusOK, map[string]string{})
	}))
	headers := map[string]string{"x-request-id": "r1", "user-agent": "ua1", "x-b3-traceid": "b1", "x-meshproof": "t1"}
	question{url: serve(t, productpage(services{details: behind})) + "/api/v1/products/0", headers: headers}.ask(t)
	if seen.Get("x-request-id") != "r1" || seen.Get("user-agent") != "ua1" || seen.Get("x-b3-traceid") != "b1" || seen.Get("x-meshproof") != "" {
		t.Errorf("passed on %v", seen)
	}
}

func TestTheServicesAnswerInTheirOwnJSON(t *testing.T) {
	book, film := serve(t, books()), serve(t, movies())
	rate := serve(t, ratings())
	version := serve(t, reviews(versionSettings{pod: "p", cluster: "null"}))
	page := serve(t, productpage(services{details: serve(t, details()), reviews: version, ratings: rate}))
	cases := []struct {
		question
		status int
		sees   string
	}{
		{question{url: serve(t, details()) + "/details/0"}, 200, `{"id":0,"author":"William Shakespeare","year":1595,`},
		{question{url: serve(t, details()) + "/details/0", method: "POST"}, 200, `"ISBN-13":"123-1234567890"`},
		{question{url: serve(t, details()) + "/details/x"}, 400, "please provide numeric product id"},
		{question{url: rate + "/ratings/0"}, 200, `{"id":0,"ratings":{"Reviewer1":5,"Reviewer2":4}}`},
		{question{url: rate + "/ratings/x"}, 400, "please provide numeric product ID"},
		{question{url: rate + "/ratings/7", method: "POST", body: `{"Reviewer1":1}`}, 200, `{"id":7,"ratings":{"Reviewer1":1}}`},
		{question{url: rate + "/ratings/7"}, 200, `{"id":7,"ratings":{"Reviewer1":1}}`},
		{question{url: rate + "/ratings/7", method: "POST", body: "?"}, 400, "please provide valid ratings JSON"},
		{question{url: version + "/reviews/0"}, 200, `{"id":"0","podname":"p","clustername":"null","reviews":[{"reviewer":"Reviewer1",`},
		{question{url: version + "/reviews/0", method: "POST"}, 405, ""},
		{question{url: page + "/api/v1/products"}, 200, "The Comedy of Errors"},
		{question{url: page + "/api/v1/products/0/ratings"}, 200, `"Reviewer1":5`},
		{question{url: page + "/productpage", method: "POST"}, 405, ""},
		{question{url: page + "/nowhere"}, 404, ""},
		{question{url: book + "/book"}, 200, `[{"id":"1","bookname":"Harry Potter","author":"J.K. Rowling"},{"id":"2","bookname":"Animal Farm","author":"George Orwell"}]`},
		{question{url: film + "/movie"}, 200, `[{"id":"1","Moviename":"Inception","Actor":"Leonardo DiCaprio"},{"id":"2","Moviename":"Batman","Actor":"Jack Nicholson"}]`},
		{question{url: book + "/movie"}, 404, ""},
		{question{url: book + "/book/2"}, 200, "Animal Farm"},
		{question{url: book + "/book/9"}, 404, ""},
		{question{url: book + "/book", method: "POST", body: `{"bookname":"Emma","author":"Jane Austen"}`}, 200, `{"id":"3","bookname":"Emma","author":"Jane Austen"}`},
		{question{url: book + "/book", method: "POST", body: "?"}, 400, ""},
		{question{url: book + "/book/3", method: "PUT", body: `{"bookname":"Emma, again"}`}, 200, `{"id":"3","bookname":"Emma, again"`},
		{question{url: book + "/book/9", method: "PUT", body: `{}`}, 404, ""},
		{question{url: book + "/book/3", method: "DELETE"}, 200, "Animal Farm"},
		{question{url: book + "/book/3", method: "DELETE"}, 200, "Animal Farm"},
		{question{url: book + "/book/3"}, 404, ""},
		{question{url: book + "/book", method: "DELETE"}, 405, ""},
	}
	for _, given := range cases {
		if status, body := given.ask(t); status != given.status || !strings.Contains(body, given.sees) {
			t.Errorf("%s %s: status %d, body %s; want %d, %s", given.method, given.url, status, body, given.status, given.sees)
		}
	}
}

func TestACollectionDoesNotGrowForEver(t *testing.T) {
	url := serve(t, books()) + "/book"
	for range most + 10 {
		question{url: url, method: "POST", body: `{"bookname":"posted"}`}.ask(t)
	}
	_, body := question{url: url}.ask(t)
	if count := strings.Count(body, `"id"`); count != most || !strings.Contains(body, "Harry Potter") || !strings.Contains(body, "Animal Farm") {
		t.Errorf("%d entries: %.200s", count, body)
	}
}
