// XML, XPath, YAML and serialised objects: what a parser would expand or build is told.
const modules = {};

// --- XPath and trees

function element(name = 'node') {
  const made = {
    nodeType: 1,
    nodeName: name,
    localName: name,
    data: 'text',
    nodeValue: 'text',
    textContent: 'text',
    value: 'text',
    firstChild: null,
    childNodes: [],
    attributes: [],
    getAttribute: () => 'value',
    getElementsByTagName: () => [],
    toString: () => `<${name}/>`,
    setAttribute() {},
    appendChild() {},
  };
  made.documentElement = made;
  return made;
}

const answer = (expression) =>
  /^\s*(?:count|number|sum)\(/.test(expression) ? 1 : /^\s*(?:string|concat)\(/.test(expression) ? 'text' : [element()];
const expression = (text, kind = 'xpath') => (world.event(kind, String(text)), answer(String(text)));

modules['xpath'] = () => {
  const select = (text, node, single) => {
    const found = expression(text);
    return single && Array.isArray(found) ? found[0] : found;
  };
  return {
    select,
    select1: (text, node) => select(text, node, true),
    useNamespaces: () => select,
    selectWithResolver: select,
    evaluate: (text) => ({
      iterateNext: () => void expression(text),
      snapshotLength: 0,
      stringValue: 'text',
      nodes: [],
    }),
    parse: (text) => {
      world.event('xpath', String(text));
      const found = () => answer(String(text));
      return {
        select: found,
        select1: () => [found()].flat()[0],
        evaluateString: () => 'text',
        evaluateNumber: () => 1,
        evaluateBoolean: () => true,
        evaluate: found,
      };
    },
    XPathResult: { ANY_TYPE: 0 },
  };
};

class DOMParser {
  parseFromString(text) {
    world.event('parsed', String(text));
    return element();
  }
}
class XMLSerializer {
  serializeToString() {
    return '<node/>';
  }
}
modules['@xmldom/xmldom'] = () => ({ DOMParser, XMLSerializer });
modules['xmldom'] = () => ({ DOMParser, XMLSerializer });

/** libxml2: entities are substituted where the options ask for it. */
function libxml() {
  const parse = (text, options = {}) => {
    const source = String(text);
    const { noent, replaceEntities, dtdload, huge } = options || {};
    if (noent || replaceEntities) expanded(source, huge);
    world.event('parsed', source, { options: { noent: Boolean(noent), dtdload: Boolean(dtdload) } });
    return documentOf(source);
  };
  class SaxParser {
    parseString(text) {
      return parse(text, {});
    }

    on() {
      return this;
    }
  }
  return {
    parseXml: parse,
    parseXmlString: parse,
    parseXmlAsync: async (text, options) => parse(text, options),
    Document: { fromXml: parse },
    SaxParser,
    parseHtml: (text) => documentOf(text),
  };
}

/** External entities read files and addresses; internal ones that name each other grow without bound. */
function expanded(source, huge) {
  if (/<!ENTITY[^>]*\bSYSTEM\b/.test(source)) world.event('entity', source);
  if (huge && /<!ENTITY[^>]*&\w+;/.test(source)) world.event('growth', source);
}

function documentOf(source) {
  const node = () => ({
    text: () => 'text',
    name: () => 'node',
    value: () => 'value',
    attr: () => ({ value: () => 'value' }),
    get: (text) => ([expression(text)].flat(), node()),
    find: (text) => (expression(text), [node()]),
    childNodes: () => [],
    toString: () => '<node/>',
    attrs: () => [],
    root: () => node(),
    content: 'text',
    eval: (text) => expression(text),
    dispose() {},
  });
  return Object.assign(node(), { root: () => node(), validate: () => true, errors: [], toString: () => source });
}
modules['libxmljs'] = libxml;
modules['libxmljs2'] = libxml;

modules['libxml2-wasm'] = () => {
  const ParseOption = {
    XML_PARSE_DEFAULT: 0,
    XML_PARSE_RECOVER: 1,
    XML_PARSE_NOENT: 2,
    XML_PARSE_DTDLOAD: 4,
    XML_PARSE_DTDATTR: 8,
    XML_PARSE_NOBLANKS: 256,
    XML_PARSE_NONET: 2048,
    XML_PARSE_HUGE: 524288,
    XML_PARSE_NO_XXE: 8388608,
  };
  const parse = (text, { option = 0 } = {}) => {
    const source = Buffer.isBuffer(text) ? text.toString() : String(text);
    if (option & ParseOption.XML_PARSE_NOENT && !(option & ParseOption.XML_PARSE_NO_XXE))
      expanded(source, option & ParseOption.XML_PARSE_HUGE);
    world.event('parsed', source, { options: { option } });
    return Object.assign(documentOf(source), {
      root: {
        content: 'text',
        name: 'node',
        get: (inner) => void expression(inner),
        find: (inner) => (expression(inner), []),
      },
      dispose() {},
    });
  };
  return { ParseOption, XmlDocument: { fromBuffer: parse, fromString: parse } };
};
modules['xml2js'] = () => {
  const parsed = (text, ...rest) => {
    world.event('parsed', String(text));
    const done = rest.find((one) => typeof one === 'function');
    if (done) setImmediate(() => done(null, { node: 'text' }));
    return Promise.resolve({ node: 'text' });
  };
  return {
    parseString: parsed,
    parseStringPromise: parsed,
    Parser: class {
      parseString(...all) {
        return parsed(...all);
      }
      parseStringPromise(...all) {
        return parsed(...all);
      }
    },
    Builder: class {
      buildObject(value) {
        return `<root>${escaped(JSON.stringify(value))}</root>`;
      }
    },
  };
};
modules['fast-xml-parser'] = () => ({
  XMLParser: class {
    parse(text) {
      world.event('parsed', String(text));
      return { node: 'text' };
    }
  },
  XMLValidator: { validate: () => true },
});
modules['sax'] = () => ({
  parser: () => ({ write: (text) => ({ close: () => world.event('parsed', String(text)) }) }),
});
const escaped = (text) =>
  String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
modules['xmlbuilder2'] = () => {
  const node = (name = 'root', parent = undefined) => {
    const parts = [];
    const made = {
      ele: (inner) => {
        const child = node(inner, made);
        parts.push(child);
        return child;
      },
      txt: (text) => (parts.push({ write: () => escaped(text) }), made),
      att: () => made,
      up: () => parent || made,
      doc: () => top(made),
      root: () => top(made),
    };
    made.write = () => `<${name}>${parts.map((one) => one.write()).join('')}</${name}>`;
    made.end = () => top(made).write();
    made.parent = parent;
    return made;
  };
  const top = (made) => (made.parent ? top(made.parent) : made);
  return { create: () => node('root') };
};

// --- objects

/** Text that a library would rebuild functions or classes from; JSON is read before its marks are looked for. */
const rebuilt = (marks) => (text) => {
  const source = typeof text === 'string' ? text : Buffer.isBuffer(text) ? text.toString() : JSON.stringify(text);
  world.event('deserialised', source);
  const value = parsed(source);
  if (marks.test(value === undefined ? source : JSON.stringify(value))) world.event('object', source);
  return value ?? {};
};

function parsed(source) {
  try {
    return world.parse(source);
  } catch {
    return undefined;
  }
}

modules['node-serialize'] = () => ({
  unserialize: rebuilt(/_\$\$ND_FUNC\$\$_/),
  serialize: (value) => JSON.stringify(value),
});
modules['serialize-to-js'] = () => ({
  deserialize: rebuilt(/function|=>/),
  serialize: (value) => JSON.stringify(value),
});
modules['funcster'] = () => ({ deepDeserialize: rebuilt(/__js_function/), deepSerialize: (value) => value });
modules['cryo'] = () => ({ parse: rebuilt(/_CRYO_FUNCTION_/), stringify: (value) => JSON.stringify(value) });
modules['v8'] = () => ({ deserialize: rebuilt(/zqx/), serialize: (value) => Buffer.from(JSON.stringify(value)) });

const TYPES = /!!js\/(?:function|regexp|undefined)/;
const yaml = () => {
  class Schema {
    constructor(functions) {
      this.functions = functions;
    }

    extend(types) {
      const more = [].concat(types.implicit ?? [], types.explicit ?? [], types).flat();
      return new Schema(this.functions || more.some((one) => one && one.tag && /js\//.test(one.tag)));
    }
  }
  const built =
    (schema) =>
    (text, options = {}) => {
      const used = options.schema || schema;
      world.event('deserialised', String(text));
      if (TYPES.test(String(text))) {
        if (!used.functions)
          throw Object.assign(new Error('unknown tag !<tag:yaml.org,2002:js/function>'), { name: 'YAMLException' });
        world.event('object', String(text));
      }
      return { name: 'text', title: 'text' };
    };
  const plain = new Schema(false);
  const full = new Schema(true);
  return {
    load: built(plain),
    safeLoad: built(plain),
    loadAll: (text, run, options) => [built(plain)(text, options || (typeof run === 'object' ? run : {}))],
    dump: (value) => JSON.stringify(value),
    Schema,
    Type: class {
      constructor(tag) {
        this.tag = tag;
      }
    },
    DEFAULT_SCHEMA: plain,
    CORE_SCHEMA: plain,
    JSON_SCHEMA: plain,
    FAILSAFE_SCHEMA: plain,
    DEFAULT_SAFE_SCHEMA: plain,
    SAFE_SCHEMA: plain,
    DEFAULT_FULL_SCHEMA: full,
  };
};
modules['js-yaml'] = yaml;
modules['js-yaml-js-types'] = () => {
  const tags = ['function', 'regexp', 'undefined'].map((name) => ({ tag: `tag:yaml.org,2002:js/${name}` }));
  return { all: tags, function: tags[0], regexp: tags[1], undefined: tags[2] };
};
modules['yaml'] = () => ({
  parse: (text) => (world.event('deserialised', String(text)), { name: 'text' }),
  stringify: (value) => JSON.stringify(value),
});

return { modules };
