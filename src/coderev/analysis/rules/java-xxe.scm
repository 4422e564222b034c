; title: an XML parser fetches what a document names
; languages: java
; severity: high
; confidence: medium
; category: security
; cwe: CWE-611
; hint: \b(DocumentBuilderFactory|SAXParserFactory|XMLInputFactory|SAXBuilder|SAXReader|XMLReaderFactory)\b
; message: this parser follows external entities; a document can read files of this machine and ask other machines
; advice: factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true)
; vulnerable: DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(upload)
; safe: factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true)

((method_invocation object: (_) @factory name: (identifier) @create) @place
 (#match? @factory "^([a-z]+\\.)*(DocumentBuilderFactory|SAXParserFactory|XMLInputFactory|XMLReaderFactory)$")
 (#match? @create "^(new(Default)?(NS)?(Instance|Factory)|createXMLReader)$"))

((object_creation_expression type: (type_identifier) @type arguments: (argument_list)) @place
 (#any-of? @type "SAXBuilder" "SAXReader"))

((method_invocation name: (identifier) @call arguments: (argument_list . (_) @feature . (_) @value)) @unless
 (#any-of? @call "setFeature" "setProperty" "setAttribute")
 (#match? @feature "disallow-doctype-decl|external-general-entities|FEATURE_SECURE_PROCESSING|SUPPORT_DTD|IS_SUPPORTING_EXTERNAL_ENTITIES|supportDTD|isSupportingExternalEntities|ACCESS_EXTERNAL_DTD")
 (#match? @value "^(true|false|Boolean\\.(TRUE|FALSE)|\"\"|XMLConstants\\.\\w+)$"))

((method_invocation name: (identifier) @call arguments: (argument_list . (_) @resolver)) @unless
 (#any-of? @call "setEntityResolver" "setXMLResolver"))
