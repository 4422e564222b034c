"""Which rules say less of a weakness than a flow does: where the engine tells of it, they are not told beside it."""

_SHELL = "ruff/S601 ruff/S602 ruff/S604 ruff/S605 structural/py-shell-built structural/js-shell-command"
_CODE = "ruff/S102 ruff/S307 structural/js-eval structural/js-function-from-text structural/js-timer-text"
_PAGE = "structural/js-html-from-request structural/js-inner-html structural/js-react-html"
_XML = "ruff/S313 ruff/S314 ruff/S315 ruff/S316 ruff/S317 ruff/S318 ruff/S319 ruff/S320"
_CIPHER = "ruff/S303 ruff/S304 ruff/S305 ruff/S324 ruff/S502 ruff/S503 ruff/S504"

_COVERS = {
    "CWE-22": "ruff/S202 structural/js-path-from-request",
    "CWE-73": "ruff/S310 structural/js-path-from-request",
    "CWE-77": _SHELL,
    "CWE-78": _SHELL,
    "CWE-79": f"ruff/S308 ruff/S702 ruff/S704 {_PAGE}",
    "CWE-89": "ruff/S608 ruff/S610 ruff/S611 structural/py-sql-built structural/js-sql-built",
    "CWE-94": _CODE,
    "CWE-95": _CODE,
    "CWE-295": "ruff/S323 ruff/S501 ruff/S507 structural/js-tls-verification-off",
    "CWE-319": "ruff/S312 ruff/S321 ruff/S508 ruff/S509",
    "CWE-326": "ruff/S505",
    "CWE-327": _CIPHER,
    "CWE-328": _CIPHER,
    "CWE-330": "ruff/S311 structural/js-weak-random",
    "CWE-338": "ruff/S311 structural/js-weak-random",
    "CWE-346": "structural/js-any-origin-message",
    "CWE-347": "structural/js-jwt-decoded structural/js-jwt-unverified",
    "CWE-377": "ruff/S108 ruff/S306",
    "CWE-400": "ruff/S113",
    "CWE-489": "ruff/S201",
    "CWE-502": "ruff/S301 ruff/S302 ruff/S506",
    "CWE-601": "structural/js-open-redirect",
    "CWE-611": _XML,
    "CWE-614": "structural/js-cookie-unprotected",
    "CWE-732": "ruff/S103",
    "CWE-770": "ruff/S113",
    "CWE-776": _XML,
    "CWE-798": "structural/js-jwt-literal-secret",
    "CWE-916": "ruff/S324 structural/js-weak-password-hash",
    "CWE-918": "ruff/S310",
    "CWE-942": "structural/js-cors-credentials",
    "CWE-1004": "structural/js-cookie-unprotected",
    "CWE-1327": "ruff/S104",
    "CWE-1333": "structural/js-regexp-from-request",
}


def covers(cwe: str) -> tuple[str, ...]:
    """The rules of other analysers that mean this weakness, or one that it includes."""
    return tuple(_COVERS.get(cwe, "").split())
