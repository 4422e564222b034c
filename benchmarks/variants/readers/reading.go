// Reads JSON lines, each the text of one Go function; writes, for each, what Go's own parser reads in it: the tree
// without places, comments and brackets, with the locals of the function as numbers. A line is empty where it refuses.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
)

type reader struct {
	out     strings.Builder
	numbers map[*ast.Object]int
	keys    map[*ast.Ident]bool
}

func (r *reader) name(id *ast.Ident) {
	local := id.Obj != nil && (id.Obj.Kind == ast.Var || id.Obj.Kind == ast.Con) && id.Obj.Decl != nil
	if _, field := declOf(id); !local || field || r.keys[id] {
		r.out.WriteString(id.Name)
		return
	}
	if _, known := r.numbers[id.Obj]; !known {
		r.numbers[id.Obj] = len(r.numbers)
	}
	fmt.Fprintf(&r.out, "#%d", r.numbers[id.Obj])
}

// whether a name is a parameter, which others see in documentation and keep
func declOf(id *ast.Ident) (interface{}, bool) {
	if id.Obj == nil {
		return nil, false
	}
	field, is := id.Obj.Decl.(*ast.Field)
	return field, is
}

func (r *reader) read(value reflect.Value) {
	switch value.Kind() {
	case reflect.Interface:
		if !value.IsNil() {
			r.read(value.Elem())
		}
	case reflect.Ptr:
		r.pointer(value)
	case reflect.Slice:
		for at := 0; at < value.Len(); at++ {
			r.out.WriteString(",")
			r.read(value.Index(at))
		}
	case reflect.Struct:
		r.fields(value)
	default:
		fmt.Fprintf(&r.out, "%v", value.Interface())
	}
}

func (r *reader) pointer(value reflect.Value) {
	switch node := value.Interface().(type) {
	case *ast.CommentGroup, *ast.Object, *ast.Scope:
	case *ast.ParenExpr:
		r.read(reflect.ValueOf(node.X))
	case *ast.Ident:
		if node != nil {
			r.name(node)
		}
	case *ast.BasicLit:
		if node != nil && (node.Kind == token.STRING || node.Kind == token.CHAR) {
			r.out.WriteString(node.Value)
		} else if node != nil {
			r.out.WriteString(node.Kind.String() + strings.ToLower(node.Value))
		}
	case *ast.KeyValueExpr:
		if key, is := node.Key.(*ast.Ident); is {
			r.keys[key] = true
		}
		r.fields(value.Elem())
	default:
		if !value.IsNil() {
			r.fields(value.Elem())
		}
	}
}

func (r *reader) fields(value reflect.Value) {
	kind := value.Type()
	r.out.WriteString("(" + kind.Name())
	for at := 0; at < kind.NumField(); at++ {
		held := value.Field(at)
		r.out.WriteString(" " + kind.Field(at).Name + ":")
		if position, is := held.Interface().(token.Pos); is {
			fmt.Fprint(&r.out, position.IsValid() && meant[kind.Field(at).Name])
		} else if kind.Field(at).Name != "Obj" && kind.Field(at).Name != "Implicit" {
			r.read(held)
		}
	}
	r.out.WriteString(")")
}

// the places whose being there says something: `f(x...)`, `type A = B`, the arrow of a channel
var meant = map[string]bool{"Ellipsis": true, "Assign": true, "Arrow": true}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		var text string
		json.Unmarshal([]byte(line), &text)
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text, parser.DeclarationErrors)
		answer := ""
		if file != nil && (err == nil || !strings.Contains(err.Error(), "expected")) {
			r := &reader{numbers: map[*ast.Object]int{}, keys: map[*ast.Ident]bool{}}
			r.read(reflect.ValueOf(file.Decls))
			answer = r.out.String()
		}
		said, _ := json.Marshal(answer)
		fmt.Println(string(said))
	}
}
