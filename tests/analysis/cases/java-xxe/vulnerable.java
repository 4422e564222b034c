class Upload {
  Document read(InputStream upload) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance(); // expect
    factory.setNamespaceAware(true);
    return factory.newDocumentBuilder().parse(upload);
  }

  void stream(InputStream upload) throws Exception {
    XMLStreamReader reader = XMLInputFactory.newFactory().createXMLStreamReader(upload); // expect
    SAXParserFactory.newInstance().newSAXParser().parse(upload, handler); // expect
  }

  void others(InputStream upload) throws Exception {
    new SAXBuilder().build(upload); // expect
    javax.xml.parsers.SAXParserFactory.newInstance(); // expect
  }
}
