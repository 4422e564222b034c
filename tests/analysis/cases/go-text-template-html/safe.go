package pages

import (
	"html/template"
	"net/http"
)

var page = template.Must(template.New("visit").Parse("<h1>{{.Name}}</h1>"))

func show(w http.ResponseWriter, r *http.Request) {
	page.Execute(w, visit)
}
