"""Short C and C++ functions, and a crude lexer of our own: what the structure keys are tried with."""

import random
import re

TOKEN = re.compile(
    r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\d[\w.']*|\w+|<<=|>>=|->|\+\+|--|&&|\|\||<<|>>|::|[-+*/%&|^=!<>]=|\S"
)
LAYOUT = (" ", "  ", "\n", "\n\n", "\t", " /* a */ ", " // a }\n", "\r\n", "/**/")

_C = """
int f ( int a , char * s ) { int c = a , d ; for ( d = 0 ; d < c ; d ++ ) { s [ d ] = 'x' ; } return c - d ; }

static long g ( struct p * q , long n ) { long k = q -> n ; if ( k && ( n > 1L ) ) goto out ; k += 010 ; out :
return ( k ) ; }

void h ( T * t ) { T u ; T * v = t ; u . x = v -> y ; switch ( u . x ) { case 1 : v ++ ; break ; default : ; }
}

int k ( int n ) { int v [ 3 ] = { 1 , 2 , n , } , i = 0 ; do { v [ i ] <<= 1 ; } while ( ++ i < 3 ) ; return v
[ 0 ] ; }

char * m ( const char * s , size_t n ) { size_t i ; extern int log ; for ( i = 0 ; i < n ; ++ i ) log += s [ i
] ; return "a" "b" ; }

int w ( int a , int b ) { int r = MAX ( a , b ) ; { int a = r * b + 1 ; b = a ; } return sizeof ( int ) + ( a
? b : r ) ; }

unsigned z ( unsigned x ) { static unsigned seen ; unsigned y = ~ x & 0xFFu ; seen |= y ; return ( unsigned
char ) y ^ ( seen >> 2 ) ; }
"""
_CPP = """
int A :: f ( const T & a , int n ) const { auto c = a . size ( ) ; for ( auto & x : a ) { c += x . n ; n -- ;
} return c - n ; }

template < class T , int N > T g ( T a , T b ) { auto l = [ a , & b , c = a ] ( int d ) { return a + b + c + d
; } ; T r = l ( 1 ) ; return r ; }

A :: A ( int x , int y ) : x ( x ) , z { y } { this -> x = y ; int w = x ; throw E ( w ) ; }

void h ( std :: vector < int > v ) { try { auto [ a , b ] = k ( v ) ; if ( int c = a ; c > b ) v . at ( c ) ;
} catch ( const E & e ) { v . push_back ( e . n ) ; } }

bool m ( int a ) { using N :: b ; const int c = 1'000 ; int d { a } ; return static_cast < bool > ( b + c < d
&& a >> 2 ) ; }

auto n ( int a ) -> decltype ( a ) { struct L { int a ; int get ( ) { return a ; } } ; int b = a ; L l { b } ;
return ( l . get ( ) ) ; }
"""
SNIPPETS = {"c": _C.strip().split("\n\n"), "cpp": _CPP.strip().split("\n\n")}


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
