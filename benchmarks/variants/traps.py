"""Edits that a careless normaliser would take for layout, language by language; the meaning may differ after each."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from benchmarks.variants.dialects import COMMENTS
from benchmarks.variants.rules import Change, Finder, both, drop, rewrite, swap, unwrap
from benchmarks.variants.semantic import BINARY, C_LIKE, CONTENT, LOOPS, int_to_real
from benchmarks.variants.trees import Edit, Unit, walk, words


def let_to_var(unit: Unit) -> Iterator[Change]:
    """`let` becomes `var` in a loop: closures share it, and one without a value keeps the last round's."""
    for node in unit.of("lexical_declaration", "for_in_statement"):
        kind = node.child_by_field_name("kind")
        loop = node if node.type == "for_in_statement" else _loop_around(node)
        if kind is None or loop is None:
            continue
        closures = {"arrow_function", "function_expression", "method_definition"}
        kept = node.type == "lexical_declaration" and "=" not in words(node)
        if kept or any(inner.type in closures for inner in walk(loop)):
            yield (Edit(kind.start_byte, kind.end_byte, "var"),)


def _loop_around(node: Node) -> Node | None:
    around = node.parent
    while around is not None and around.type not in LOOPS:
        if "function" in around.type:
            return None
        around = around.parent
    return around


def asi_return(unit: Unit) -> Iterator[Change]:
    """A line end after `return` (or `throw`, which then is an error) ends the statement."""
    for node in unit.of("return_statement"):
        value = node.named_children[0] if node.named_child_count else None
        if value is not None and value.type not in COMMENTS:
            yield (Edit(value.start_byte - 1, value.start_byte, "\n"),)


def asi_continues(unit: Unit) -> Iterator[Change]:
    """A semicolon goes from before a line that then goes on with it: `a = b` and `(c)` become a call."""
    for node in unit.statements:
        after = node.next_named_sibling
        if after is None or after.type in COMMENTS or not words(node).endswith(";"):
            continue
        if words(after)[:1] in {"(", "[", "`", "+", "-", "/"}:
            yield (Edit(node.end_byte - 1, node.end_byte, ""),)


def arrow_object(unit: Unit) -> Iterator[Change]:
    """`() => ({ a })` becomes `() => { a }`: an object becomes a block."""
    for node in unit.of("arrow_function"):
        body = node.child_by_field_name("body")
        if body is not None and body.type == "parenthesized_expression" and "object" in body.named_children[0].type:
            yield (Edit(body.start_byte, body.end_byte, words(body.named_children[0])),)


def arrow_block(unit: Unit) -> Iterator[Change]:
    """`() => f()` becomes `() => { f() }`, which returns nothing."""
    for node in unit.of("arrow_function"):
        body = node.child_by_field_name("body")
        if body is not None and body.type not in {"statement_block", "object", "sequence_expression"}:
            yield (Edit(body.start_byte, body.end_byte, f"{{ {words(body)} }}"),)


def array_hole(unit: Unit) -> Iterator[Change]:
    """`[a, b]` becomes `[a,, b]`: a hole, not a trailing comma."""
    for node in unit.of("array"):
        commas = [child for child in node.children if child.type == "," and child.next_sibling is not None]
        for comma in commas:
            yield (Edit(comma.end_byte, comma.end_byte, ","),)


def template_space(unit: Unit) -> Iterator[Change]:
    """A blank more in a template string, or a line end fewer."""
    for leaf in unit.of("string_fragment"):
        if leaf.parent is not None and leaf.parent.type == "template_string":
            yield (Edit(leaf.end_byte, leaf.end_byte, " "),)


def quotes_to_template(unit: Unit) -> Iterator[Change]:
    """`'${x}'` and `` `${x}` `` are two strings: a template becomes a plain one."""
    for node in unit.of("template_string"):
        text = words(node)
        if "${" in text and not {"'", "\n"} & set(text):
            yield (Edit(node.start_byte, node.end_byte, f"'{text[1:-1]}'"),)


_NUMBERS = "number number_literal decimal_integer_literal hex_integer_literal octal_integer_literal int_literal integer"
_SUFFIXED = f"{_NUMBERS} decimal_floating_point_literal integer_literal real_literal float_literal"
SUFFIX = rewrite(
    _SUFFIXED, r"(?i)^(0x[\da-f]+?|\d[\d_.]*?(?:e[-+]?\d+)?)_?(?:ull|ul|ll|l|u|f|d|m|n|[iuf]\d+|[iu]size)$", r"\1"
)
HEX = rewrite(f"{_NUMBERS} integer_literal", r"^0[xX]([1-9]\d+)([uUlLn]*)$", r"\1\2")
OCTAL = rewrite(f"{_NUMBERS} integer_literal", r"^0[oO]?([1-7][0-7]+)$", r"\1")
ESCAPE = rewrite("escape_sequence", r"^\\[nrt0]$", lambda found: "\\t" if found[0] != "\\t" else "\\n")
STRING_CONTENTS = " ".join(sorted(CONTENT))

ECMASCRIPT: dict[str, Finder] = {
    "loose_eq": swap("===~>== !==~>!= ==~>=== !=~>!==", BINARY),
    "let_to_var": let_to_var,
    "optional_chain_dropped": both(
        rewrite("optional_chain", r"^\?\.$", ".", "member_expression"),
        rewrite("optional_chain", r"^\?\.$", "", "call_expression subscript_expression"),
    ),
    "optional_chain_added": swap(".~>?.", "member_expression"),
    "nullish_to_or": swap("??<>||", BINARY),
    "regex_flag_dropped": rewrite("regex_flags", r"^(\w*)\w$", r"\1"),
    "regex_changed": rewrite("regex_pattern", r"([+*])", lambda found: "+" if found[0] == "*" else "*"),
    "template_space": template_space,
    "template_to_string": quotes_to_template,
    "number_octal": rewrite("number", r"^([1-7][0-7]+)$", r"0o\1"),
    "number_suffix": SUFFIX,
    "number_hex": HEX,
    "escape_changed": ESCAPE,
    "async_dropped": drop("async"),
    "static_dropped": drop("static"),
    "getter_dropped": drop("get", "method_definition"),
    "generator_dropped": drop("*", "generator_function_declaration generator_function method_definition"),
    "asi_return": asi_return,
    "asi_continues": asi_continues,
    "arrow_object": arrow_object,
    "arrow_block": arrow_block,
    "array_hole": array_hole,
    "new_dropped": drop("new", "new_expression"),
    "delete_dropped": drop("delete", "unary_expression"),
    "typeof_dropped": drop("typeof", "unary_expression"),
    "void_dropped": drop("void", "unary_expression"),
    "spread_dropped": drop("...", "spread_element rest_pattern"),
    "of_to_in": swap("of<>in", "for_in_statement"),
    "directive_dropped": rewrite("expression_statement", r"^([\"'])use strict\1;?$", ";"),
    **C_LIKE,
}
TYPESCRIPT: dict[str, Finder] = {
    "cast_dropped": unwrap("as_expression satisfies_expression", 0),
    "non_null_dropped": unwrap("non_null_expression", 0),
    "type_changed": swap("string~>number number~>string boolean~>string void~>undefined", "predefined_type"),
    "generic_changed": rewrite("type_arguments", r"<([\w.]+)", "<unknown"),
    "generic_dropped": drop("type_arguments", "call_expression new_expression"),
    "readonly_dropped": drop("readonly"),
    "optional_parameter": swap("?~>", "optional_parameter"),
    "access_dropped": drop("accessibility_modifier"),
}


def equals_to_eq(unit: Unit) -> Iterator[Change]:
    """`a.equals(b)` becomes `a == b`."""
    for node in unit.of("method_invocation"):
        name, object_ = node.child_by_field_name("name"), node.child_by_field_name("object")
        given = node.child_by_field_name("arguments")
        if name is None or object_ is None or given is None or words(name) != "equals":
            continue
        if given.named_child_count == 1:
            yield (Edit(node.start_byte, node.end_byte, f"({words(object_)} == {words(given.named_children[0])})"),)


def this_dropped(unit: Unit) -> Iterator[Change]:
    """`this.x` becomes `x`, where that is a parameter or a local."""
    declares = {"formal_parameter", "parameter", "parameter_declaration", "variable_declarator", "pointer_declarator"}
    bare = {words(leaf) for leaf in unit.of("identifier") if leaf.parent is not None and leaf.parent.type in declares}
    for node in unit.of("field_access", "field_expression", "member_access_expression"):
        found = re.fullmatch(r"this(?:\.|->)(\w+)", words(node))
        if found and found[1] in bare:
            yield (Edit(node.start_byte, node.end_byte, found[1]),)


JAVA: dict[str, Finder] = {
    "final_dropped": drop("final"),
    "static_dropped": drop("static"),
    "synchronized_dropped": drop("synchronized"),
    "access_changed": swap("private~>public public~>protected protected~>private"),
    "cast_dropped": unwrap("cast_expression", "value"),
    "number_suffix": SUFFIX,
    "number_hex": HEX,
    "number_octal": OCTAL,
    "escape_changed": ESCAPE,
    "char_to_string": rewrite("character_literal", r"^'(\w)'$", r'"\1"'),
    "equals_to_eq": equals_to_eq,
    "int_to_real": int_to_real,
    "unsigned_shift": swap(">><>>>>", "binary_expression"),
    "generic_changed": rewrite("type_arguments", r"<(\w+)", "<Object"),
    "generic_dropped": drop("type_arguments"),
    "type_widened": swap("int~>long long~>int float~>double double~>float byte~>int short~>int char~>int"),
    "throws_dropped": drop("throws"),
    "annotation_dropped": drop("marker_annotation"),
    "this_dropped": this_dropped,
    "catch_changed": rewrite("catch_type", r"^\w+", "Throwable"),
    "lambda_block": rewrite("lambda_expression", r"->\s*([^{\s].*)$", r"-> { \1; }"),
    **C_LIKE,
}


def _bare(unit: Unit, types: str, operator: str, field: str) -> Iterator[Change]:
    for node in unit.of(*types.split()):
        inner = node.child_by_field_name(field)
        if inner is not None and words(node.children[0]) == operator:
            yield (Edit(node.start_byte, inner.start_byte, ""),)


def address_dropped(unit: Unit) -> Iterator[Change]:
    """`&x` becomes `x`."""
    yield from _bare(unit, "pointer_expression", "&", "argument")
    yield from _bare(unit, "unary_expression", "&", "operand")


def deref_dropped(unit: Unit) -> Iterator[Change]:
    """`*p` becomes `p`."""
    yield from _bare(unit, "pointer_expression", "*", "argument")
    yield from _bare(unit, "unary_expression", "*", "operand")


def sizeof_operand(unit: Unit) -> Iterator[Change]:
    """`sizeof(*p)` becomes `sizeof(p)`, `sizeof(x)` `sizeof(*x)`, and `sizeof(T)` `sizeof(T *)`."""
    for node in unit.of("sizeof_expression"):
        text = words(node)
        if re.match(r"sizeof ?\(?\*", text):
            yield (Edit(node.start_byte, node.end_byte, text.replace("*", "", 1)),)
        elif re.match(r"sizeof ?\([\w ]+\)$", text):
            starred = f"{text[:-1]} *)" if node.child_by_field_name("type") is not None else text.replace("(", "(*", 1)
            yield (Edit(node.start_byte, node.end_byte, starred),)


PREPROCESSOR: dict[str, Finder] = {
    "ifdef_flipped": swap("#ifdef<>#ifndef"),
    "if_directive_changed": both(
        rewrite("preproc_if", r"^(#\s*if )(.+?)(?=\n)", r"\1!(\2)"),
        rewrite("preproc_if", r"^(#\s*if .*?)(\d+)(?=[^\n]*\n)", lambda found: f"{found[1]}{int(found[2]) + 1}"),
    ),
    "else_directive_moved": rewrite("preproc_else", r"^#\s*else[^\n]*\n([^\n]*\n)", r"\1#else\n"),
    "define_changed": rewrite("preproc_arg", r"^(\w+)$", r"(\1 + 1)", "preproc_def preproc_function_def"),
}

_OTHER_TYPE: dict[str, str] = {"int": "char", "char": "int", "size_t": "int", "double": "float", "float": "double"}

C: dict[str, Finder] = {
    "address_dropped": address_dropped,
    "deref_dropped": deref_dropped,
    "arrow_to_dot": swap("-><>.", "field_expression"),
    "sizeof_operand": sizeof_operand,
    "int_to_real": int_to_real,
    "cast_dropped": unwrap("cast_expression", "value"),
    "number_suffix": SUFFIX,
    "number_hex": HEX,
    "number_octal": both(OCTAL, rewrite("number_literal", r"^([1-7][0-7]+)$", r"0\1")),
    "char_to_string": rewrite("char_literal", r"^'(\w)'$", r'"\1"'),
    "string_prefix": rewrite("string_literal", r"^(L|u8|u|U)?\"", lambda found: '"' if found[1] else 'L"'),
    "escape_changed": ESCAPE,
    "static_dropped": drop("static"),
    "const_dropped": drop("const"),
    "volatile_dropped": drop("volatile"),
    "inline_dropped": drop("inline"),
    "restrict_dropped": both(drop("restrict"), drop("register")),
    "unsigned_dropped": swap("unsigned~>signed"),
    "type_changed": both(
        rewrite("primitive_type", r"^(int|char|size_t|double|float)$", lambda found: _OTHER_TYPE[found[0]]),
        swap("long~>short short~>long"),
    ),
    "pointer_level": rewrite("pointer_declarator", r"^\*", "**"),
    **PREPROCESSOR,
    **C_LIKE,
}

CPP: dict[str, Finder] = {
    **C,
    "reference_dropped": rewrite("reference_declarator", r"^&&?\s*", ""),
    "move_dropped": rewrite("call_expression", r"^std::(?:move|forward<[^()]*>)\((.*)\)$", r"\1"),
    "template_argument": rewrite("template_argument_list", r"<(?:const )?[\w:]+", "<char"),
    "virtual_dropped": both(drop("virtual"), drop("override"), drop("noexcept"), drop("explicit")),
    "delete_array": rewrite("delete_expression", r"^delete\[\]", "delete"),
    "this_dropped": this_dropped,
    "scope_dropped": rewrite("qualified_identifier", r"^\w+::", ""),
    "auto_copy": rewrite("declaration for_range_loop", r"\b(auto|\w) ?&(?=\s*\w)", r"\1 "),
}
CSHARP: dict[str, Finder] = {
    "optional_chain_dropped": rewrite("conditional_access_expression", r"\?(?=[.\[])", ""),
    "nullish_to_or": swap("??~>||", BINARY),
    "int_to_real": int_to_real,
    "out_dropped": both(drop("out"), drop("ref")),
    "static_dropped": drop("static"),
    "async_dropped": drop("async"),
    "access_changed": swap("private~>public public~>internal internal~>private protected~>public"),
    "readonly_dropped": both(drop("readonly"), drop("const"), drop("override"), drop("unsafe")),
    "cast_dropped": unwrap("cast_expression", "value"),
    "as_dropped": unwrap("as_expression", "left"),
    "number_suffix": SUFFIX,
    "number_hex": HEX,
    "escape_changed": ESCAPE,
    "char_to_string": rewrite("character_literal", r"^'(\w)'$", r'"\1"'),
    "verbatim_string": rewrite("string_literal", r"^\"(?=.*\\)", '@"'),
    "interpolation_dropped": rewrite("interpolated_string_expression", r"^\$", ""),
    "type_changed": swap("int~>long long~>int string~>object float~>double bool~>object", "predefined_type"),
    "generic_changed": rewrite("type_argument_list", r"<(\w+)", "<object"),
    "this_dropped": this_dropped,
    "using_dropped": drop("using", "local_declaration_statement"),
    "pattern_negated": rewrite("is_pattern_expression", r"\bis (?!not)", "is not "),
    "address_dropped": rewrite("prefix_unary_expression", r"^[&*](?=\w)", ""),
    **C_LIKE,
}


def short_to_assign(unit: Unit) -> Iterator[Change]:
    """`:=` becomes `=` in an inner scope: the outer variable is written, no new one made."""
    for node in unit.of("short_var_declaration"):
        operator = next(child for child in node.children if child.type == ":=")
        yield (Edit(operator.start_byte, operator.end_byte, "="),)


def assign_to_short(unit: Unit) -> Iterator[Change]:
    """`=` becomes `:=` in an inner scope: a new variable shadows the outer one."""
    for node in unit.of("assignment_statement"):
        left, operator = node.child_by_field_name("left"), node.child_by_field_name("operator")
        if left is None or operator is None or words(operator) != "=":
            continue
        names = [name.strip() for name in words(left).split(",")]
        if all(name.isidentifier() for name in names) and set(names) != {"_"}:
            yield (Edit(operator.start_byte, operator.end_byte, ":="),)


def int_to_float(unit: Unit) -> Iterator[Change]:
    """`x := 1` becomes `x := 1.0`, another type; elsewhere an untyped constant may be written so."""
    for node in unit.of("int_literal"):
        outer = node.parent.parent if node.parent is not None else None
        if outer is not None and outer.type == "short_var_declaration" and words(node).isdigit():
            yield (Edit(node.end_byte, node.end_byte, ".0"),)


def range_swapped(unit: Unit) -> Iterator[Change]:
    """`for i, v := range` becomes `for v, i := range`."""
    for node in unit.of("range_clause"):
        left = node.child_by_field_name("left")
        if left is not None and left.named_child_count == 2:
            yield (Edit(left.start_byte, left.end_byte, ", ".join(reversed(words(left).split(", ")))),)


_BASIC = r"^(?:u?int(?:8|16|32|64|ptr)?|float(?:32|64)|byte|rune|string|\[\]byte)\((.+)\)$"
GO: dict[str, Finder] = {
    "defer_dropped": drop("defer"),
    "go_dropped": drop("go", "go_statement"),
    "short_to_assign": short_to_assign,
    "assign_to_short": assign_to_short,
    "range_swapped": range_swapped,
    "address_dropped": address_dropped,
    "deref_dropped": deref_dropped,
    "receive_dropped": rewrite("unary_expression", r"^<-\s*", ""),
    "cast_dropped": rewrite("call_expression type_conversion_expression", _BASIC, r"(\1)"),
    "slice_bound": rewrite("slice_expression", r"\[([^:\[\]]+):([^:\[\]]*)\]$", r"[:\2]"),
    "variadic_dropped": drop("...", "argument_list"),
    "rune_to_string": rewrite("rune_literal", r"^'([^'\\\"])'$", r'"\1"'),
    "raw_string": rewrite("interpreted_string_literal", r'^"([^`]*\\[^`]*)"$', r"`\1`"),
    "number_hex": HEX,
    "number_octal": OCTAL,
    "escape_changed": ESCAPE,
    "int_to_float": int_to_float,
    "pointer_receiver": rewrite("parameter_list", r"^(\(\w+ )\*", r"\1", fields="receiver"),
    "and_not": swap("&^~>&", BINARY),
    "type_changed": rewrite(
        "type_identifier", r"^(u?)int(\d*)$", lambda found: f"{'' if found[1] else 'u'}int{found[2]}"
    ),
    "channel_direction": rewrite("channel_type", r"^(?:<-chan|chan<-)", "chan"),
    "shift_flip": swap("<<<>>>", "binary_expression"),
}


def trailing_semicolon(unit: Unit) -> Iterator[Change]:
    """The last expression of a block gets a semicolon: it is no value any more."""
    for node in unit.of("block"):
        last = node.named_children[-1] if node.named_child_count else None
        if last is not None and last.type.endswith(("_expression", "identifier", "literal")) and _is_value(last):
            yield (Edit(last.end_byte, last.end_byte, ";"),)


def _is_value(node: Node) -> bool:
    """Not one of the expressions that are statements, whose value would be `()` all the same."""
    return node.type not in {"macro_invocation", "return_expression", "assignment_expression", "while_expression"}


RUST: dict[str, Finder] = {
    "try_dropped": unwrap("try_expression", 0),
    "mut_dropped": drop("mutable_specifier"),
    "borrow_dropped": unwrap("reference_expression", "value"),
    "deref_dropped": rewrite("unary_expression", r"^\*(?!\*)", ""),
    "move_dropped": drop("move"),
    "unsafe_dropped": both(rewrite("unsafe_block", r"^unsafe ", ""), drop("unsafe")),
    "const_dropped": both(drop("const"), drop("async")),
    "visibility_dropped": drop("visibility_modifier"),
    "range_inclusive": swap("..<>..=", "range_expression range_pattern"),
    "number_suffix": SUFFIX,
    "number_hex": HEX,
    "byte_string": both(
        rewrite("string_literal", r'^b"', '"'),
        rewrite("string_literal", r'^"(?=[ -~]*"$)', 'b"', "arguments let_declaration match_pattern binary_expression"),
        rewrite("char_literal", r"^b?'", lambda found: "'" if found[0] == "b'" else "b'"),
    ),
    "raw_string": rewrite("string_literal", r'^"([^"#]*\\[^"#]*)"$', r'r"\1"'),
    "escape_changed": ESCAPE,
    "cast_dropped": unwrap("type_cast_expression", "value"),
    "type_changed": rewrite("primitive_type", r"^(u|i)(\d+|size)$", lambda found: f"{'ui'[found[1] == 'u']}{found[2]}"),
    "lifetime_changed": rewrite("lifetime", r"^'\w+$", "'static", "reference_type type_arguments"),
    "generic_changed": rewrite("type_arguments", r"<[A-Z]\w*(?=[,>])", "<Self"),
    "trailing_semicolon": trailing_semicolon,
    "macro_changed": rewrite(
        "macro_invocation", r"^(debug_)?assert", lambda found: "assert" if found[1] else "debug_assert"
    ),
    "attribute_dropped": drop("attribute_item"),
    "macro_string": rewrite("string_content", r"^(.*\S)$", r"\1 "),
    "shift_flip": swap("<<<>>>", "binary_expression"),
}


def quotes_changed(unit: Unit) -> Iterator[Change]:
    """`'\\n'` becomes `"\\n"`, and `"#{x}"` becomes `'#{x}'`: the quotes decide what is read inside."""
    for node in unit.of("string"):
        text = words(node)
        if text[:1] == "'" and re.search(r"\\[ntr0s]|#\{", text) and '"' not in text:
            yield (Edit(node.start_byte, node.end_byte, f'"{text[1:-1]}"'),)
        elif text[:1] == '"' and re.search(r"\\[ntr0]|#\{", text) and "'" not in text:
            yield (Edit(node.start_byte, node.end_byte, f"'{text[1:-1]}'"),)


def space_before_bracket(unit: Unit) -> Iterator[Change]:
    """`f[1]`, an index, becomes `f [1]`, a call; `f (1) + 2` another sum than `f(1) + 2`."""
    for node in unit.of("element_reference"):
        inner = node.child_by_field_name("object")
        if inner is not None and inner.type == "identifier":
            yield (Edit(inner.end_byte, inner.end_byte, " "),)
    for node in unit.of("call"):
        given, parent = node.child_by_field_name("arguments"), node.parent
        if given is not None and words(given).startswith("(") and parent is not None and parent.type == "binary":
            yield (Edit(given.start_byte, given.start_byte, " "),)


def heredoc_content(unit: Unit) -> Iterator[Change]:
    """A line of a here-document is indented further, or ends with a blank."""
    for node in unit.of("heredoc_content"):
        text = words(node)
        at = text.find("\n", 1)
        if at > 0:
            yield (Edit(node.start_byte, node.end_byte, f"{text[:at]} {text[at:]}"),)


def line_joined(unit: Unit) -> Iterator[Change]:
    """`.b` on a line of its own loses its point, and begins a statement."""
    for node in unit.of("call"):
        receiver, operator = node.child_by_field_name("receiver"), node.child_by_field_name("operator")
        if receiver is not None and operator is not None and receiver.end_point[0] < operator.start_point[0]:
            yield (Edit(operator.start_byte, operator.end_byte, ""),)


RUBY: dict[str, Finder] = {
    "unless_to_if": swap("unless<>if until<>while"),
    "safe_navigation": swap("&.~>. .~>&.", "call"),
    "symbol_to_string": rewrite("simple_symbol", r"^:(\w+)$", r'"\1"'),
    "quotes_changed": quotes_changed,
    "case_equality": swap("==~>=== =~~>!~ !~~>=~ ===~>==", "binary"),
    "and_word": swap("&&~>and ||~>or and~>&& or~>||", "binary"),
    "heredoc_content": heredoc_content,
    "heredoc_squiggly": rewrite("heredoc_beginning", r"^<<~", "<<-"),
    "splat_dropped": both(
        drop("*", "splat_argument splat_parameter"), drop("&", "block_argument"), drop("**", "hash_splat_argument")
    ),
    "or_assign": rewrite("operator_assignment", r"\|\|=", "="),
    "bang_dropped": rewrite("identifier", r"^(\w+)!$", r"\1"),
    "ivar_to_local": rewrite("instance_variable", r"^@(\w+)$", r"\1"),
    "regex_flag": rewrite("regex", r"/([imxo]*)$", lambda found: "/" if found[1] else "/i"),
    "regex_changed": rewrite("string_content", r"([+*])", lambda found: "+" if found[0] == "*" else "*", "regex"),
    "range_exclusive": swap("..<>...", "range"),
    "next_to_break": swap("next<>break"),
    "space_before_bracket": space_before_bracket,
    "line_joined": line_joined,
    "escape_changed": ESCAPE,
    "number_octal": OCTAL,
    "ensure_dropped": both(drop("ensure", "ensure", "#"), rewrite("rescue", r"^rescue\b[^\n]*", "rescue Exception")),
    "default_changed": rewrite("optional_parameter", r"= *nil$", "= false"),
    "word_array": rewrite("string_array", r"^%w([\[(])", r"%i\1"),
    "self_dropped": both(drop("self", "singleton_method", ""), rewrite("call", r"^self\.(\w+)$", r"\1")),
}

TRAPS: dict[str, dict[str, Finder]] = {
    "javascript": ECMASCRIPT,
    "typescript": ECMASCRIPT | TYPESCRIPT,
    "java": JAVA,
    "go": GO,
    "c": C,
    "cpp": CPP,
    "csharp": CSHARP,
    "rust": RUST,
    "ruby": RUBY,
}
