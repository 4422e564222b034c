package pages

import (
	"net/http"
	"text/template" // expect
)

var page = template.Must(template.New("visit").Parse("<h1>{{.Name}}</h1>"))

func show(w http.ResponseWriter, r *http.Request) {
	page.Execute(w, visit)
}
