"""Short Java and C# methods, and a crude lexer of our own: what the structure keys are tried with."""

import random
import re

TOKEN = re.compile(
    r"@?\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\d[\w.]*|[@$]?\w+|>>>=|<<=|>>=|->|=>|::|\+\+|--|&&|\|\||\?\?|<<"
    r"|[-+*/%&|^=!<>]=|\S"
)
LAYOUT = (" ", "  ", "\n", "\n\n", "\t", " /* a */ ", " // a }\n", "\r\n", "/**/")

SNIPPETS = {
    "java": [
        (
            "int f ( int a , String s ) { int c = a ; for ( int d = 0 ; d < c ; d ++ ) { s += s . at ( d ) ; } return "
            "c - a ; }"
        ),
        (
            "static < T > long g ( List < T > q ) { long k = 1L ; out : for ( T t : q ) { if ( t == null ) break out "
            "; k <<= 010 ; } return k ; }"
        ),
        (
            "void h ( Object o ) { Runnable r = ( ) -> { int i = 0 ; i ++ ; } ; F f = x -> x + o ; r . run ( ) ; y ( "
            "f , this . x ) ; }"
        ),
        (
            "int k ( int n ) { int [ ] v = { 1 , 2 , n , } ; int i = 0 ; do { v [ i ] = 'x' ; } while ( ++ i < 3 ) ; "
            "return v [ 0 ] ; }"
        ),
        (
            'String m ( R p ) throws E { try ( R r = p . open ( ) ) { return r . s ( "a b" ) ; } catch ( A | B e ) { '
            "log ( e ) ; } finally { r ( ) ; } return null ; }"
        ),
        (
            "int w ( int a , Object b ) { switch ( a ) { case 1 : int z = 2 ; return z ; case RED : default : z = 3 ; "
            "} return b instanceof T t ? t . n : a ; }"
        ),
        (
            "void z ( int x ) { new T ( x ) { int y ; void m ( int w ) { y = w + x ; } } . go ( ) ; synchronized ( "
            "this ) { x = ( int ) 1.5f ; } }"
        ),
    ],
    "csharp": [
        "int F ( int a , string s ) { int c = a ; for ( int d = 0 ; d < c ; d ++ ) { s += S [ d ] ; } return c - a ; }",
        (
            "long G < T > ( List < T > q ) where T : class { long k = 1L ; foreach ( var t in q ) { if ( t == null ) "
            "break ; k <<= 0x1F ; } return k ; }"
        ),
        (
            "void H ( object o ) { Action r = ( ) => { int i = 0 ; i ++ ; } ; var j = 1 ; F f = x => x + j ; r ( ) ; "
            "Y ( f , this . x , j ) ; }"
        ),
        (
            "int K ( int n ) { int [ ] v = { 1 , 2 , n , } ; int i = 0 ; do { v [ i ] = 'x' ; } while ( ++ i < 3 ) ; "
            "return v [ 0 ] ; }"
        ),
        'string M ( R p ) { using ( var r = p . Open ( ) ) { return r . S ( @"a b" ) ; } }',
        (
            "int W ( object a ) { try { int z = 2 ; G ( out var u , named : z ) ; return u + z ; } catch ( E e ) when "
            "( e . X ) { Log ( e ) ; throw ; } finally { q ( ) ; } }"
        ),
        (
            "object Z ( object x ) { var m = 1 ; var n = new { m , N = 2 } ; var t = ( m , y : 3 ) ; return nameof ( "
            "n ) + n + t + ( x is T p ? p . Q : null ) ; }"
        ),
    ],
}


def tokens_of(text: str) -> list[str]:
    """The tokens of a snippet."""
    return TOKEN.findall(text)


def plain(text: str) -> list[str]:
    """A snippet without what may be said in two ways: round brackets and the comma before a brace."""
    return [token for token in TOKEN.findall(re.sub(r",\s*}", "}", text)) if token not in {"(", ")"}]


def edited(text: str, chance: random.Random) -> str:
    """A snippet with one token dropped, doubled, replaced by another of its own, or swapped with it."""
    tokens = tokens_of(text)
    at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
    edits = [
        [*tokens[:at], *tokens[at + 1 :]],
        [*tokens[:at], tokens[at], *tokens[at:]],
        [*tokens[:at], tokens[other], *tokens[at + 1 :]],
        [tokens[other if i == at else at if i == other else i] for i in range(len(tokens))],
    ]
    return " ".join(chance.choice(edits))


def laid_out(text: str, chance: random.Random) -> str:
    """A snippet with other blanks and comments between its tokens."""
    return "".join(token + chance.choice(LAYOUT) for token in tokens_of(text))
