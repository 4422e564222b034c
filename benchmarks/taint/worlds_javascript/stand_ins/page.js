// A browser's page, jQuery and React: markup, addresses and handlers that reach the page are told.
const modules = {};
const escaped = (text) =>
  String(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
const URLS = new Set(['href', 'src', 'action', 'formaction', 'data']);

/** Browsers write these marks of an address as escapes, and leave apostrophes as they are. */
const written = (text) => encodeURI(text).replace(/%25/g, '%').replace(/#/g, '%23');

class Node {
  constructor(tag) {
    Object.assign(this, {
      tagName: String(tag).toUpperCase(),
      children: [],
      dataset: {},
      style: {},
      attributes: {},
      value: '',
      files: [],
    });
    this.classList = { add() {}, remove() {}, toggle() {}, contains: () => false };
    this.text = '';
    this.id = '';
  }

  set innerHTML(text) {
    world.event('html', String(text), { call: 'innerHTML' });
  }

  get innerHTML() {
    return escaped(this.text);
  }

  set outerHTML(text) {
    world.event('html', String(text), { call: 'outerHTML' });
  }

  set srcdoc(text) {
    world.event('html', String(text), { call: 'srcdoc' });
  }

  set textContent(text) {
    if (this.tagName === 'SCRIPT') world.event('code', String(text));
    this.text = String(text);
  }

  get textContent() {
    return this.text;
  }

  set innerText(text) {
    this.textContent = text;
  }

  get innerText() {
    return this.text;
  }

  insertAdjacentHTML(place, text) {
    world.event('html', String(text), { call: 'insertAdjacentHTML' });
  }

  insertAdjacentText() {}

  setAttribute(name, value) {
    if (/^on/i.test(name)) world.event('code', String(value));
    else if (URLS.has(name.toLowerCase())) this[name.toLowerCase()] = value;
    else if (name.toLowerCase() === 'srcdoc') this.srcdoc = value;
    this.attributes[name] = String(value);
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  removeAttribute() {}

  set href(url) {
    this.address = String(url);
    world.event('href', String(url), { tag: this.tagName });
  }

  get href() {
    return this.address || '';
  }

  set action(url) {
    world.event('href', String(url), { tag: this.tagName });
  }

  set src(url) {
    world.event(this.tagName === 'SCRIPT' ? 'script' : 'href', String(url), { tag: this.tagName });
  }

  appendChild(child) {
    this.children.push(child);
    return child;
  }

  append(...all) {
    this.children.push(...all);
  }

  prepend(...all) {
    this.children.push(...all);
  }

  replaceChildren(...all) {
    this.children = all;
  }

  replaceWith() {}
  remove() {}
  focus() {}
  click() {}
  submit() {}
  reset() {}

  addEventListener(name, run) {
    const event = {
      type: name,
      target: this,
      currentTarget: this,
      preventDefault() {},
      stopPropagation() {},
      key: 'Enter',
      data: undefined,
    };
    world.listeners.push(() => run.call(this, event));
  }

  querySelector() {
    return new Node('div');
  }

  querySelectorAll() {
    return [new Node('div')];
  }

  closest() {
    return new Node('div');
  }

  cloneNode() {
    return new Node(this.tagName);
  }

  get firstChild() {
    return this.children[0] || null;
  }

  get content() {
    return new Node('fragment');
  }

  get contentWindow() {
    return { postMessage: (data, origin) => world.event('posted', data, { origin }) };
  }
}
for (const name of ['onclick', 'onload', 'onchange', 'onsubmit', 'oninput']) {
  Object.defineProperty(Node.prototype, name, {
    set(run) {
      if (typeof run === 'function') this.addEventListener(name.slice(2), run);
    },
  });
}

function page() {
  const { filling } = world;
  const form = filling.form();
  const hash =
    filling.plan.place === 'query'
      ? written(filling.text(''))
      : filling.plan.place === 'path'
        ? form
        : encodeURIComponent(filling.text(''));
  world.used.rawUrl = true;
  const place = {
    search: `?${form}`,
    hash: `#${hash}`,
    pathname: '/page',
    host: 'site.example',
    hostname: 'site.example',
    origin: 'https://site.example',
    protocol: 'https:',
    assign: (url) => world.event('redirect', String(url)),
    replace: (url) => world.event('redirect', String(url)),
    reload() {},
    toString: () => place.href,
  };
  const there = `https://site.example/page?${form}#${hash}`;
  Object.defineProperty(place, 'href', { get: () => there, set: (url) => world.event('redirect', String(url)) });
  const elements = new Map();
  const byId = (id) => {
    if (!elements.has(id))
      elements.set(
        id,
        new Node(/script/i.test(id) ? 'script' : /frame/i.test(id) ? 'iframe' : /link|anchor/i.test(id) ? 'a' : 'div'),
      );
    return elements.get(id);
  };
  const document = new Node('document');
  Object.assign(document, {
    getElementById: byId,
    createElement: (tag) => new Node(tag),
    createTextNode: (text) => ({ text }),
    createDocumentFragment: () => new Node('fragment'),
    body: new Node('body'),
    head: new Node('head'),
    documentElement: new Node('html'),
    write: (...all) => world.event('html', all.join(''), { call: 'write' }),
    writeln: (...all) => world.event('html', all.join(''), { call: 'write' }),
    querySelector: byId,
    querySelectorAll: (one) => [byId(one)],
    getElementsByClassName: (one) => [byId(one)],
    getElementsByTagName: (one) => [byId(one)],
    URL: there,
    documentURI: there,
    baseURI: there,
    title: '',
    readyState: 'complete',
    cookieText: filling
      .names()
      .map((name) => `${name}=${encodeURIComponent(filling.text(name))}`)
      .join('; '),
    createRange: () => ({
      createContextualFragment: (text) => (world.event('html', String(text)), new Node('fragment')),
      selectNode() {},
    }),
    evaluate: (text) => (
      world.event('xpath', String(text)),
      {
        iterateNext: () => null,
        snapshotLength: 0,
        stringValue: '',
        numberValue: 0,
        booleanValue: false,
        singleNodeValue: null,
      }
    ),
    execCommand: () => true,
  });
  Object.defineProperties(document, {
    cookie: {
      get: () => document.cookieText,
      set: (text) => world.event('cookie', String(text).split(';')[0], { written: String(text) }),
    },
    location: { get: () => place, set: (url) => world.event('redirect', String(url)) },
    referrer: { get: () => `https://zqx.example/${encodeURI(filling.text(''))}?${form}` },
    domain: { get: () => 'site.example' },
  });
  const listen = (name, run) => {
    const event = {
      type: name,
      data: messageOf(filling),
      origin: 'https://zqx.example',
      source: { postMessage() {} },
      state: null,
      target: document,
      preventDefault() {},
    };
    event.newURL = there;
    world.listeners.push(() => run(event));
  };
  document.addEventListener = listen;
  const storage = () => ({
    getItem: (name) => filling.text(name),
    setItem: (name, value) => world.event('kept', String(value), { name }),
    removeItem() {},
    clear() {},
  });
  const { context } = world;
  const globals = {
    window: context,
    self: context,
    top: { postMessage: (data, origin) => world.event('posted', data, { origin }) },
    document,
    navigator: { userAgent: 'browser', language: 'en', clipboard: {} },
    addEventListener: listen,
    removeEventListener() {},
    history: { pushState() {}, replaceState() {}, back() {} },
    localStorage: storage(),
    sessionStorage: storage(),
    name: filling.text('name'),
    open: (url) => (world.event('redirect', String(url)), { document, location: place }),
    opener: { postMessage: (data, origin) => world.event('posted', data, { origin }) },
    alert() {},
    confirm: () => true,
    prompt: () => null,
    XPathResult: { ANY_TYPE: 0, FIRST_ORDERED_NODE_TYPE: 9, ORDERED_NODE_SNAPSHOT_TYPE: 7 },
    HTMLElement: Node,
    Element: Node,
    requestAnimationFrame: (run) => setImmediate(run),
    MutationObserver: class {
      observe() {}
    },
    DOMParser: class {
      parseFromString() {
        return document;
      }
    },
    Node,
    CustomEvent: class {},
    matchMedia: () => ({ matches: false }),
    postMessage: (data, origin) => world.event('posted', data, { origin }),
    parent: { postMessage: (data, origin) => world.event('posted', data, { origin }) },
    Image: class extends Node {},
    trustedTypes: undefined,
    scrollTo() {},
    DOMPurify: world.standIn('dompurify'),
    $: undefined,
    jQuery: undefined,
  };
  globals.$ = globals.jQuery = jquery();
  for (const name of ['onload', 'onmessage', 'onhashchange', 'onpopstate']) {
    Object.defineProperty(context, name, { configurable: true, set: (run) => listen(name.slice(2), run) });
  }
  Object.defineProperty(context, 'location', {
    configurable: true,
    get: () => place,
    set: (url) => world.event('redirect', String(url)),
  });
  return globals;
}

const messageOf = (filling) => (filling.plan.place === 'query' ? world.parse(filling.json()) : filling.payload.value);

function jquery() {
  const $ = (what) => {
    if (typeof what === 'function') {
      world.listeners.push(what);
      return wrapped();
    }
    if (typeof what === 'string' && /^\s*</.test(what)) world.event('html', what, { call: '$' });
    return wrapped();
  };
  const wrapped = () => {
    const made = { length: 1 };
    const node = new Node('div');
    for (const name of [
      'html',
      'append',
      'prepend',
      'after',
      'before',
      'replaceWith',
      'wrap',
      'appendTo',
      'prependTo',
    ]) {
      made[name] = (text) => (
        typeof text === 'string' && !/To$/.test(name) && world.event('html', text, { call: name }),
        made
      );
    }
    for (const name of [
      'text',
      'addClass',
      'removeClass',
      'show',
      'hide',
      'css',
      'toggle',
      'empty',
      'data',
      'prop',
      'trigger',
      'off',
      'each',
      'find',
      'parent',
      'first',
      'closest',
      'children',
      'focus',
      'toggleClass',
    ])
      made[name] = () => made;
    made.attr = (name, value) => (value !== undefined ? (node.setAttribute(name, value), made) : '');
    made.val = (value) => (value === undefined ? '' : made);
    for (const name of ['on', 'click', 'ready', 'submit', 'change']) {
      made[name] = (...all) => {
        const run = all.find((one) => typeof one === 'function');
        if (run) world.listeners.push(() => run.call(node, { preventDefault() {}, target: node }));
        return made;
      };
    }
    made[0] = node;
    return made;
  };
  return Object.assign($, {
    parseHTML: (text) => (world.event('html', String(text)), []),
    get: (url) => (world.event('request', String(url)), Promise.resolve({})),
    ajax: () => Promise.resolve({}),
    extend: (...all) => Object.assign({}, ...all),
    globalEval: (text) => world.event('code', String(text)),
    trim: (text) => text.trim(),
  });
}
modules['page'] = page;
modules['jquery'] = () => jquery();

// --- React

const VOID = new Set(['br', 'img', 'input', 'hr', 'meta', 'link']);
const NAMES = { className: 'class', htmlFor: 'for' };

function render(node) {
  if (Array.isArray(node)) return node.map(render).join('');
  if (node === null || node === undefined || typeof node === 'boolean') return '';
  if (typeof node !== 'object') return escaped(node);
  const { tag, props } = node;
  if (typeof tag === 'function') {
    if (tag.prototype && tag.prototype.render) {
      const made = new tag(props);
      made.props = props;
      return render(made.render());
    }
    return render(tag(props));
  }
  const inner = props.dangerouslySetInnerHTML ? String(props.dangerouslySetInnerHTML.__html) : render(props.children);
  if (!tag || typeof tag !== 'string') return inner;
  const attributes = Object.entries(props)
    .filter(
      ([name, value]) =>
        !['children', 'dangerouslySetInnerHTML', 'key', 'ref'].includes(name) &&
        typeof value !== 'function' &&
        value !== undefined &&
        value !== false,
    )
    .filter(([name]) => !/^on[A-Z]/.test(name))
    .map(
      ([name, value]) =>
        ` ${NAMES[name] || name}="${escaped(typeof value === 'object' ? JSON.stringify(value) : value)}"`,
    );
  return VOID.has(tag) ? `<${tag}${attributes.join('')}>` : `<${tag}${attributes.join('')}>${inner}</${tag}>`;
}

modules['react'] = () => {
  const createElement = (tag, props, ...children) => ({
    tag: tag && tag.isFragment ? '' : tag,
    props: { ...props, ...(children.length ? { children: children.length === 1 ? children[0] : children } : {}) },
  });
  const Fragment = Object.assign(() => {}, { isFragment: true });
  class Component {
    constructor(props) {
      this.props = props;
    }

    setState(state) {
      this.state = { ...this.state, ...state };
    }
  }
  const useState = (first) => [typeof first === 'function' ? first() : first, () => {}];
  const useRef = () => ({ current: new Node('div') });
  return {
    createElement,
    Fragment,
    Component,
    useState,
    useRef,
    useEffect: (run) => run(),
    useMemo: (run) => run(),
    useCallback: (run) => run,
    useContext: () => ({}),
    memo: (tag) => tag,
  };
};
modules['react-dom/server'] = () => ({ renderToString: render, renderToStaticMarkup: render });
modules['react-dom'] = () => ({ render: (node) => world.event('html', render(node)) });
modules['react-dom/client'] = () => ({
  createRoot: () => ({ render: (node) => world.event('html', render(node)) }),
  hydrateRoot: (place, node) => world.event('html', render(node)),
});

return { modules };
