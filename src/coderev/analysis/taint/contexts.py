"""The contexts in which a value can be dangerous, one bit each, and the kinds of sources.

A value that is clean in one context is not clean in another: HTML text is not an attribute, a shell word is not a list
of arguments, SQL is not LDAP. A sanitiser clears the bits of the contexts that it cleans, a decoder sets them again.
"""

CONTEXTS: tuple[str, ...] = (
    "shell",  # text that a shell reads (CWE-78)
    "argument",  # a word of an argument list: may be read as an option (CWE-88)
    "sql",  # text of an SQL statement (CWE-89)
    "nosql",  # a query object, where text may become an operator (CWE-943)
    "html",  # text between tags (CWE-79)
    "attribute",  # inside of a quoted HTML attribute
    "script",  # inside of JavaScript
    "href",  # a URL that a browser opens: `javascript:` counts
    "redirect",  # a URL that a client is sent to (CWE-601)
    "request",  # a URL, or the host of one, that the program itself asks (CWE-918)
    "path",  # a path of the file system (CWE-22)
    "ldap",  # an LDAP filter (CWE-90)
    "ldap-dn",  # an LDAP distinguished name
    "xpath",  # an XPath expression (CWE-643)
    "xml",  # XML text that is built (CWE-91)
    "xml-document",  # XML that a parser reads with entities (CWE-611, CWE-776)
    "code",  # program text that is evaluated (CWE-94, CWE-95)
    "template",  # the source of a template (CWE-1336)
    "object",  # serialised objects (CWE-502)
    "session",  # what the program trusts from then on (CWE-501)
    "key",  # the key of an object, where `__proto__` is special (CWE-1321)
    "fields",  # names of attributes that are set (CWE-915)
    "name",  # the name of a class, module or function that is looked up (CWE-470)
    "format",  # a format string (CWE-134)
    "pattern",  # a regular expression (CWE-1333)
    "header",  # a header of HTTP or mail, where a line end starts the next (CWE-113, CWE-93)
    "log",  # a line of a log (CWE-117)
    "csv",  # a cell of a spreadsheet (CWE-1236)
    "size",  # how much is allocated or how long is waited (CWE-770)
    "upload",  # a file that is stored where it may run (CWE-434)
    "search-path",  # where programs or libraries are searched (CWE-427)
    "type",  # text where its type decides: an array for text (CWE-843)
    "disclosure",  # what somebody reads: a response, a log, a file (CWE-209, 532, 312, 319, 598)
    "secret",  # what nobody may guess: a token, a key (CWE-330, 338, 1204)
    "authority",  # what an access decision rests upon (CWE-639, 807, 346, 640)
)
_PARTS = (  # what is tracked beside the contexts
    "path-absolute",  # may begin anew at the root
    "script-close",  # may end the script that it stands in
    "redirect-slashes",  # may begin with two slashes: another host without a scheme
    "container",  # was reached by a key from outside: may be the prototype of everything
    "path-unresolved",  # may still hold `..` and links: no prefix says where it is
    "key-escaped",  # may hold escapes that a parser of JSON makes `__proto__` of
)
BIT: dict[str, int] = {name: 1 << place for place, name in enumerate((*CONTEXTS, *_PARTS))}
EVERY = (1 << len(BIT)) - 1
UNRESOLVED = BIT["path-unresolved"]
NUMERIC = BIT["size"] | BIT["secret"] | BIT["disclosure"] | BIT["authority"]  # of a number too
MASK: dict[str, int] = {  # what a pack's word for a context means
    **{name: BIT[name] for name in CONTEXTS},
    "path": BIT["path"] | BIT["path-absolute"],
    "redirect": BIT["redirect"] | BIT["redirect-slashes"],
    "script": BIT["script"] | BIT["script-close"],
    "all": EVERY,
}

KINDS: tuple[str, ...] = (
    "request",  # what a remote peer sends
    "local",  # command line, environment, standard input
    "stored",  # what a database, a file or another service answers
    "secret",  # passwords, keys and tokens: dangerous where they are disclosed
    "error",  # what an exception tells
    "weak-random",  # numbers that can be guessed
)
