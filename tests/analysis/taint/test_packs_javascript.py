"""The JavaScript packs: each library's dangerous place is found, and what its documentation calls safe is not."""

from collections.abc import Iterator

import pytest

from coderev.analysis.taint import trace
from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.loading import packs
from coderev.analysis.taint.pack import Pack

PRINCIPAL = (22, 78, 79, 89, 90, 94, 501, 502, 601, 611, 643, 918, 943, 1321)
OF_THE_LANGUAGE = frozenset(  # methods that everything has: a row `*.map` would hide what the interpreter knows
    (
        *("at", "charAt", "concat", "endsWith", "entries", "every", "exec", "filter", "find", "findIndex", "flatMap"),
        *("forEach", "get", "has", "hasOwnProperty", "includes", "indexOf", "join", "keys", "lastIndexOf", "map"),
        *("match", "padStart", "pop", "push", "reduce", "repeat", "replace", "replaceAll", "set", "shift", "slice"),
        *("some", "sort", "splice", "split", "startsWith", "substr", "substring", "test", "then", "toLowerCase"),
        *("toString", "trim", "unshift", "values"),
    )
)
EXPRESS = "const express = require('express');\nconst app = express();\n"


def found(code: str, path: str = "app.js") -> set[str]:
    """The rules that the engine reports of one file."""
    return {flow.rule.id for flow in trace({path: code.encode()}).flows}


def handler(body: str, imports: str = "") -> str:
    """An Express application with one route."""
    return f"{imports}\n{EXPRESS}app.post('/x/:id', async (req, res) => {{ {body} }});\n"


def javascript() -> tuple[Pack, ...]:
    return tuple(pack for pack in packs() if pack.name.startswith("javascript-"))


def names() -> Iterator[str]:
    for pack in javascript():
        for row in (*pack.sources, *pack.sinks, *pack.propagators, *pack.sanitisers, *pack.guards, *pack.configuration):
            yield from row.call


FS = "const fs = require('fs'); const path = require('path');"
CP = "const cp = require('child_process');"
PG = "const { Pool } = require('pg'); const pool = new Pool();"
MYSQL = "const mysql = require('mysql'); const db = mysql.createConnection({ host: 'db' });"
MONGOOSE = "const mongoose = require('mongoose'); const User = mongoose.model('User', new mongoose.Schema({}));"
MONGODB = (
    "const { MongoClient, ObjectId } = require('mongodb'); const users = new MongoClient('db').db('a').collection('u');"
)
LDAP = "const ldap = require('ldapjs'); const client = ldap.createClient({ url: 'ldap://a' });"
XPATH = "const xpath = require('xpath');"
MAIL = "const nodemailer = require('nodemailer'); const mail = nodemailer.createTransport({});"
KOA = "const Koa = require('koa'); const app = new Koa();\n"
FASTIFY = "const Fastify = require('fastify'); const app = Fastify();\n"
HAPI = "const Hapi = require('@hapi/hapi'); const server = Hapi.server({ port: 1 });\n"
EXEC = "const { exec } = require('child_process');\n"
HTTP = "const http = require('http');\n"
SOCKET = "const WebSocket = require('ws'); const all = new WebSocket.Server({ port: 1 });\n"
SEARCH = "const query = new URLSearchParams(window.location.search);\n"


@pytest.mark.parametrize(
    ("rule", "body", "imports"),
    [
        ("path-traversal", "fs.readFile(path.join('/data', req.query.f), () => res.end());", FS),
        ("path-traversal", "await fs.promises.unlink('./data/' + req.params.id);", FS),
        ("path-traversal", "res.sendFile(path.join(__dirname, req.query.f));", FS),
        ("path-traversal", "fs.createReadStream(path.normalize('./d/' + req.query.f)).pipe(res);", FS),
        ("file-name-control", "res.render(req.query.view, {});", ""),
        ("command-injection", "cp.exec('ping ' + req.body.host);", CP),
        ("command-injection", "cp.exec('ls ' + req.get('X-Folder'));", CP),
        ("command-injection", "cp.spawn('ls', [req.query.d], { shell: true });", CP),
        ("command-injection", "await execa.command('ls ' + req.query.d);", "const execa = require('execa');"),
        ("cross-site-scripting", "res.status(200).send('<b>' + req.body.name + '</b>');", ""),
        ("cross-site-scripting", "res.write('<h1>' + req.query.a + '</h1>');", ""),
        ("sql-injection", "db.query('SELECT * FROM t WHERE a = ' + req.query.a);", MYSQL),
        ("sql-injection", "await pool.query({ text: `SELECT * FROM t WHERE a = '${req.params.id}'` });", PG),
        (
            "sql-injection",
            "res.json(await prisma.$queryRawUnsafe('SELECT ' + req.query.a));",
            "const { PrismaClient } = require('@prisma/client'); const prisma = new PrismaClient();",
        ),
        ("nosql-injection", "res.json(await User.findOne({ name: req.body.name }));", MONGOOSE),
        ("nosql-injection", "res.json(await users.find({ $where: 'this.n == ' + req.params.id }).toArray());", MONGODB),
        ("ldap-injection", "client.search('dc=a', { filter: `(uid=${req.query.u})` }, () => res.end());", LDAP),
        ("xpath-injection", "xpath.select('//u[n=\"' + req.query.n + '\"]', doc);", XPATH),
        ("code-injection", "res.json(eval(req.query.e));", ""),
        ("code-injection", "const f = new Function('a', req.query.e); f(1);", ""),
        ("code-injection", "vm.runInNewContext(req.body.e, {});", "const vm = require('vm');"),
        ("eval-injection", "math.evaluate(req.body.e);", "const math = require('mathjs');"),
        ("template-injection", "ejs.render('<p>' + req.body.t, {});", "const ejs = require('ejs');"),
        ("unsafe-deserialisation", "s.unserialize(req.body.d);", "const s = require('node-serialize');"),
        ("xml-external-entities", "x.parseXml(req.body.x, { noent: true });", "const x = require('libxmljs');"),
        ("open-redirect", "res.redirect(req.query.next);", ""),
        ("open-redirect", "res.writeHead(302, { Location: req.query.next });", ""),
        ("server-side-request-forgery", "await axios({ url: req.query.u });", "const axios = require('axios');"),
        ("server-side-request-forgery", "await fetch(`http://${req.query.host}/x`);", ""),
        ("unsafe-reflection", "const m = require(req.query.m); m();", ""),
        ("inefficient-pattern", "new RegExp(req.query.p).test('a');", ""),
        ("unlimited-resources", "Buffer.alloc(req.query.n);", ""),
        ("decompression-bomb", "zlib.gunzipSync(req.body);", "const zlib = require('zlib');"),
        ("mass-assignment", "await User.create(req.body);", MONGOOSE),
        ("session-fixation", "req.sessionID = req.query.sid;", ""),
        ("line-injection", "mail.sendMail({ to: 'a@example.org', subject: req.body.s });", MAIL),
        ("weak-password-recovery", "mail.sendMail({ text: 'https://' + req.headers.host + '/reset' });", MAIL),
        ("log-injection", "console.log('user ' + req.query.u);", ""),
        ("error-disclosure", "try { run(); } catch (e) { res.status(500).send(e.stack); }", ""),
        ("predictable-value", "res.cookie('x', Math.random().toString(36));", ""),
    ],
)
def test_a_request_reaches_a_dangerous_place(rule: str, body: str, imports: str) -> None:
    code = handler(body, imports)

    rules = found(code)

    assert rule in rules


@pytest.mark.parametrize(
    ("rule", "body", "imports"),
    [
        ("path-traversal", "fs.readFile(path.join('/data', path.basename(req.query.f)), () => res.end());", FS),
        (
            "path-traversal",
            "const p = path.resolve('/data', req.query.f); if (!p.startsWith('/data/')) return; fs.unlinkSync(p);",
            FS,
        ),
        ("path-traversal", "res.sendFile(req.query.f, { root: __dirname });", FS),
        ("command-injection", "cp.execFile('ping', ['-c', '1', req.query.host]);", CP),
        ("command-injection", "cp.spawn('ls', [req.query.d], { cwd: '/srv' });", CP),
        (
            "command-injection",
            "cp.exec('ls ' + quote([req.query.d]));",
            CP + "const { quote } = require('shell-quote');",
        ),
        ("cross-site-scripting", "res.json({ name: req.query.name });", ""),
        ("cross-site-scripting", "res.send({ name: req.query.name });", ""),
        ("cross-site-scripting", "res.type('text/plain').send(req.query.name);", ""),
        ("cross-site-scripting", "res.send('<b>' + esc(req.query.a));", "const esc = require('escape-html');"),
        ("cross-site-scripting", "res.send(ejs.render('<%= a %>', { a: req.body.a }));", "const ejs = require('ejs');"),
        ("sql-injection", "db.query('SELECT * FROM t WHERE a = ?', [req.query.a]);", MYSQL),
        ("sql-injection", "db.query('SELECT * FROM t WHERE a = ' + mysql.escape(req.query.a));", MYSQL),
        ("sql-injection", "await pool.query({ text: 'SELECT $1', values: [req.body.a] });", PG),
        ("sql-injection", "db.query('SELECT * FROM t WHERE a = ' + parseInt(req.query.a, 10));", MYSQL),
        ("nosql-injection", "res.json(await User.findOne({ name: String(req.body.name) }));", MONGOOSE),
        ("nosql-injection", "res.json(await User.findOne({ _id: req.params.id }));", MONGOOSE),
        ("nosql-injection", "res.json(await users.findOne({ _id: new ObjectId(req.body.id) }));", MONGODB),
        (
            "ldap-injection",
            "client.search('dc=a', { filter: new ldap.EqualityFilter({ value: req.query.u }) }, () => res.end());",
            LDAP,
        ),
        ("xpath-injection", "xpath.parse('//u[n=$n]').select1({ variables: { n: req.body.n } });", XPATH),
        ("unsafe-deserialisation", "yaml.load(req.body.y);", "const yaml = require('js-yaml');"),
        ("xml-external-entities", "x.parseXml(req.body.x, { noent: false });", "const x = require('libxmljs');"),
        ("open-redirect", "res.redirect('/home?next=' + encodeURIComponent(req.query.next));", ""),
        ("weak-password-recovery", "mail.sendMail({ text: 'Hello ' + req.body.name });", MAIL),
        ("prototype-pollution", "const o = {}; o[req.body.a] = req.body.v; res.json(o);", ""),
    ],
)
def test_what_is_safe_by_its_documentation_is_no_finding(rule: str, body: str, imports: str) -> None:
    code = handler(body, imports)

    rules = found(code)

    assert rule not in rules


@pytest.mark.parametrize(
    ("rule", "body", "imports"),
    [
        ("path-traversal", "fs.readFileSync('./d/' + esc(req.query.f));", FS + "const esc = require('escape-html');"),
        ("command-injection", "cp.exec('ls ' + encodeURIComponent(req.query.d));", CP),
        (
            "sql-injection",
            "db.query(`SELECT * FROM t WHERE a = '${esc(req.query.a)}'`);",
            MYSQL + "const esc = require('he').encode;",
        ),
        (
            "cross-site-scripting",
            "res.send('<p>' + he.decode(he.encode(req.query.a)) + '</p>');",
            "const he = require('he');",
        ),
        (
            "command-injection",
            "if (validator.isAlphanumeric(req.query.a)) return; cp.exec('ls ' + req.query.a);",
            CP + "const validator = require('validator');",
        ),
        ("cross-site-scripting", "res.send(ejs.render('<%- a %>', { a: req.body.a }));", "const ejs = require('ejs');"),
        (
            "sql-injection",
            "pool.query(format(\"SELECT '%s'\", req.body.a));",
            PG + "const format = require('pg-format');",
        ),
    ],
)
def test_what_cleans_for_another_context_or_is_undone_does_not_clean(rule: str, body: str, imports: str) -> None:
    code = handler(body, imports)

    rules = found(code)

    assert rule in rules


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (
            "cross-site-scripting",
            KOA + "app.use(async (ctx) => { ctx.body = '<b>' + ctx.query.a; });",
        ),
        (
            "open-redirect",
            "const Koa = require('koa'); new Koa().use(async (ctx) => { ctx.redirect(ctx.request.query.u); });",
        ),
        (
            "cross-site-scripting",
            FASTIFY
            + "app.get('/', async (request, reply) => { reply.type('text/html').send('<b>' + request.query.a); });",
        ),
        (
            "cross-site-scripting",
            HAPI + "server.route({ method: 'GET', path: '/', handler: (request, h) => '<b>' + request.query.a });",
        ),
        (
            "command-injection",
            HTTP
            + EXEC
            + "http.createServer((req, res) => { req.on('data', (piece) => { exec('echo ' + piece); }); });",
        ),
        (
            "command-injection",
            SOCKET
            + EXEC
            + "all.on('connection', (one) => { one.on('message', (text) => { exec('echo ' + text); }); });",
        ),
        (
            "command-injection",
            EXEC + "exports.run = (req, res) => { exec('ls ' + req.body.d); };",
        ),
        (
            "command-injection",
            EXEC + "module.exports = (app) => { app.get('/', (req, res) => { exec('ls ' + req.query.d); }); };",
        ),
        ("cross-site-scripting", "document.getElementById('x').innerHTML = location.hash.slice(1);"),
        ("cross-site-scripting", SEARCH + "document.querySelector('#a').innerHTML = query.get('q');"),
        ("cross-site-scripting", "window.addEventListener('message', (e) => { document.body.innerHTML = e.data; });"),
        ("cross-site-scripting", "document.write(document.referrer);"),
        ("cross-site-scripting", "$('#a').html(decodeURIComponent(location.search));"),
        ("open-redirect", SEARCH + "window.location.href = query.get('next');"),
        ("code-injection", "setTimeout('f(' + location.hash + ')', 10);"),
    ],
)
def test_other_frameworks_and_browsers_hand_over_what_comes_from_outside(rule: str, code: str) -> None:
    rules = found(code)

    assert rule in rules


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (
            "cross-site-scripting",
            KOA + "app.use(async (ctx) => { ctx.body = 'hi ' + ctx.query.a; });",
        ),
        (
            "cross-site-scripting",
            FASTIFY + "app.get('/', async (request, reply) => { reply.send('<b>' + request.query.a); });",
        ),
        ("cross-site-scripting", SEARCH + "document.querySelector('#a').textContent = query.get('q');"),
        (
            "cross-site-scripting",
            "import DOMPurify from 'dompurify';\n"
            + SEARCH
            + "document.querySelector('#a').innerHTML = DOMPurify.sanitize(query.get('q'));",
        ),
        ("origin-unchecked", "window.addEventListener('message', (e) => { if (e.origin === HERE) show(e.data); });"),
    ],
)
def test_what_other_frameworks_and_browsers_take_as_text_is_no_finding(rule: str, code: str) -> None:
    rules = found(code)

    assert rule not in rules


@pytest.mark.parametrize(
    ("rule", "wrong", "right"),
    [
        ("cookie-without-secure", "res.cookie('session', t, {});", "res.cookie('session', t, { secure: true });"),
        (
            "cookie-without-httponly",
            "res.cookie('sid', t, { httpOnly: false });",
            "res.cookie('sid', t, { httpOnly: true });",
        ),
        ("cookie-without-samesite", "res.cookie('sid', t, {});", "res.cookie('sid', t, { sameSite: 'strict' });"),
        (
            "permissive-cors",
            "res.header('Access-Control-Allow-Origin', req.headers.origin);",
            "res.header('Access-Control-Allow-Origin', 'https://a.example');",
        ),
    ],
)
def test_a_response_is_wrong_by_itself_only_where_it_is(rule: str, wrong: str, right: str) -> None:
    assert rule in found(handler(wrong))
    assert rule not in found(handler(right))


@pytest.mark.parametrize(
    ("rule", "imports", "wrong", "right"),
    [
        ("weak-hash", "crypto", "m.createHash('md5');", "m.createHash('sha256');"),
        ("weak-cipher", "crypto", "m.createCipheriv('des-ecb', k, null);", "m.createCipheriv('aes-256-gcm', k, iv);"),
        ("hard-coded-key", "crypto", "m.createHmac('sha256', 'secret');", "m.createHmac('sha256', process.env.KEY);"),
        (
            "predictable-iv",
            "crypto",
            "m.createCipheriv('aes-256-cbc', k, Buffer.alloc(16));",
            "m.createCipheriv('aes-256-cbc', k, m.randomBytes(16));",
        ),
        (
            "weak-key",
            "crypto",
            "m.generateKeyPairSync('rsa', { modulusLength: 1024 });",
            "m.generateKeyPairSync('rsa', { modulusLength: 4096 });",
        ),
        (
            "weak-password-hash",
            "crypto",
            "m.pbkdf2Sync(p, s, 1000, 32, 'sha512');",
            "m.pbkdf2Sync(p, s, 600000, 32, 'sha512');",
        ),
        ("certificate-unchecked", "https", "m.get({ host: 'a', rejectUnauthorized: false });", "m.get({ host: 'a' });"),
        ("host-name-unchecked", "https", "new m.Agent({ checkServerIdentity: () => undefined });", "new m.Agent({});"),
        ("permissive-mode", "fs", "m.chmodSync('/srv/a', 0o777);", "m.chmodSync('/srv/a', 0o640);"),
        ("insecure-temporary-file", "fs", "m.writeFileSync('/tmp/a.log', 'x');", "m.writeFileSync('/srv/a.log', 'x');"),
        ("hard-coded-key", "jsonwebtoken", "m.sign({ a: 1 }, 'secret');", "m.sign({ a: 1 }, process.env.KEY);"),
        ("permissive-cors", "cors", "m({ origin: '*' });", "m({ origin: 'https://a.example' });"),
        (
            "missing-escaping",
            "nunjucks",
            "m.configure('v', { autoescape: false });",
            "m.configure('v', { autoescape: true });",
        ),
        (
            "hard-coded-credentials",
            "mysql",
            "m.createConnection({ password: 'x' });",
            "m.createConnection({ password: p });",
        ),
        ("debug-mode", "errorhandler", "use(m());", "if (process.env.NODE_ENV === 'development') use(m());"),
    ],
)
def test_a_call_is_wrong_by_itself_only_where_it_is(rule: str, imports: str, wrong: str, right: str) -> None:
    head = f"const m = require('{imports}');\n"

    assert rule in found(head + wrong)
    assert rule not in found(head + right)


@pytest.mark.parametrize("number", PRINCIPAL)
def test_each_principal_weakness_has_a_dangerous_place(number: int) -> None:
    rules = {rule.id for pack in packs() for rule in pack.rules if rule.cwe == f"CWE-{number}"}

    used = {row.rule for pack in javascript() for row in pack.sinks}

    assert rules & used


def test_no_row_takes_a_method_of_the_language_away_from_the_interpreter() -> None:
    taken = {name for name in names() if name.startswith("*.") and name.removeprefix("*.") in OF_THE_LANGUAGE}

    assert taken == set()


def test_a_route_parameter_is_text_and_a_query_may_be_an_object() -> None:
    catalogue = Catalogue(packs(), "javascript")

    parameter, query = catalogue.named("express.Request.params"), catalogue.named("express.Request.query")

    assert parameter is not None
    assert query is not None
    assert all("nosql" in row.clean for row in parameter.reads)
    assert all("nosql" not in row.clean for row in query.reads)
