import assert from "node:assert/strict";
import { test } from "node:test";

import { takeCapture } from "../../../extension/capture.js";
import { imagesIn, imagesOf } from "../../../extension/complete.js";
import { FakeBrowser, FakeComplete, SNAPSHOT } from "./fakes.js";

const TAB = 7;
const URL_A = "https://images.example/a.png";
const UNREAD = [{ url: URL_A, name: URL_A }];
const BOUNDARY = "----MultipartBoundary--x----";

/**
 * A part as Chromium writes it.
 * @param {string} location
 * @param {string} body
 * @param {string} [encoding]
 */
function part(location, body, encoding = "base64") {
  return [
    `--${BOUNDARY}`,
    "Content-Type: image/png",
    `Content-Transfer-Encoding: ${encoding}`,
    `Content-Location: ${location}`,
    "",
    body,
    "",
  ].join("\r\n");
}

/** @param {...string} parts */
function mhtml(...parts) {
  const head = [
    "From: <Saved by Blink>",
    "Snapshot-Content-Location: https://example.org/a",
    "Subject: =?utf-8?Q?=E6=BD=AE=20x?=",
    "MIME-Version: 1.0",
    "Content-Type: multipart/related;",
    '\ttype="text/html";',
    `\tboundary="${BOUNDARY}"`,
    "",
    "",
    "",
  ].join("\r\n");
  const page = part("https://example.org/a", "<p>Text", "quoted-printable");
  return `${head}${page}${parts.join("")}--${BOUNDARY}--\r\n`;
}

/** @param {string} text */
function base64(text) {
  return Buffer.from(text, "latin1").toString("base64");
}

/** @param {string} text */
function allowed(text) {
  const complete = new FakeComplete();
  complete.allowed = true;
  complete.onTake = () => Promise.resolve(new Blob([text]));
  return complete;
}

test("what the page could not read comes with the capture, behind what it could", async () => {
  const browser = new FakeBrowser();
  const read = { url: "https://example.org/b.png", data: base64("b") };
  browser.snapshot = () => Promise.resolve({ ...SNAPSHOT, images: [read], unread: UNREAD });
  browser.complete = allowed(mhtml(part(URL_A, base64("a"))));

  const capture = await takeCapture(browser, { id: TAB, url: "" }, { part: "page", draft: false });

  assert.deepEqual(capture.images, [read, { url: URL_A, data: base64("a") }]);
  assert.deepEqual(browser.complete.taken, [TAB]);
  assert.ok(!("unread" in capture));
});

test("a page that could read all its images is not taken again", async () => {
  const complete = allowed(mhtml());

  assert.deepEqual(await imagesOf(complete, TAB, []), []);
  assert.deepEqual(complete.taken, []);
});

test("nothing is taken that the user has not allowed, or the browser does not have", async () => {
  const complete = allowed(mhtml(part(URL_A, base64("a"))));
  const [forbidden, absent] = [allowed(""), complete];
  forbidden.allowed = false;
  absent.there = false;

  for (const each of [forbidden, absent]) {
    assert.deepEqual(await imagesOf(each, TAB, UNREAD), []);
    assert.deepEqual(each.taken, []);
  }
});

/** @type {[string, () => Promise<Blob | undefined>][]} */
const FAILURES = [
  ["is refused", () => Promise.reject(new Error("Cannot find the tab for this request."))],
  ["fails in the browser", () => { throw new TypeError("no pageCapture"); }],
  ["gives nothing", () => Promise.resolve(undefined)],
  ["never ends", () => new Promise(() => {})],
];

for (const [what, onTake] of FAILURES) {
  test(`a complete capture that ${what} holds nothing up`, async (context) => {
    const complete = allowed("");
    complete.onTake = onTake;
    const logged = context.mock.method(console, "error", () => {});

    assert.deepEqual(await imagesOf(complete, TAB, UNREAD, 1), []);
    assert.equal(logged.mock.callCount(), what === "gives nothing" ? 0 : 1);
  });
}

/** A complete capture whose file is gone. */
function gone() {
  const blob = new Blob();
  blob.text = () => Promise.reject(new DOMException("A requested file", "NotFoundError"));
  return blob;
}

test("one whose file is gone before it was read is taken again", async () => {
  const complete = allowed("");
  const blobs = [gone(), gone(), new Blob([mhtml(part(URL_A, base64("a")))])];
  complete.onTake = () => Promise.resolve(blobs.shift());

  assert.equal((await imagesOf(complete, TAB, UNREAD)).length, 1);
  assert.equal(complete.taken.length, 3);
});

test("that is not tried for ever", async (context) => {
  const complete = allowed("");
  complete.onTake = () => Promise.resolve(gone());
  context.mock.method(console, "error", () => {});

  assert.deepEqual(await imagesOf(complete, TAB, UNREAD), []);
  assert.equal(complete.taken.length, 3);
});

test("a complete capture that is too large is not read", async () => {
  const complete = allowed("");
  const huge = new Blob([mhtml(part(URL_A, base64("a")))]);
  Object.defineProperty(huge, "size", { value: 200_000_001 });
  complete.onTake = () => Promise.resolve(huge);

  assert.deepEqual(await imagesOf(complete, TAB, UNREAD), []);
});

test("Base64 loses its line breaks", () => {
  const data = base64("x".repeat(200));
  const lines = data.replace(/.{76}/g, "$&\r\n");

  assert.deepEqual(imagesIn(mhtml(part(URL_A, lines)), UNREAD), [{ url: URL_A, data }]);
});

test("SVG, which comes as quoted-printable, is what it was", () => {
  const body = '<svg xmlns=3D"http://www.w3.org/2000/svg"><text>=C3=A9 3D=\r\n=3D41</text></svg>';
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><text>é 3D=41</text></svg>';

  const [image] = imagesIn(mhtml(part(URL_A, body, "quoted-printable")), UNREAD);

  assert.equal(Buffer.from(image?.data ?? "", "base64").toString(), svg);
});

test("an image is known by its name there, and called as the page's HTML calls it", () => {
  const unread = [
    { url: "https://images.example/large.webp", name: URL_A },
    { url: "blob:https://example.org/1", name: "blob:https://example.org/1" },
  ];
  const text = mhtml(
    part("a.png", base64("relative")),
    part("cid:frame-1@mhtml.blink", base64("frame")),
    part(URL_A, base64("a")),
    part("blob:https://example.org/1", base64("blob")),
    part("https://example.org/other.png", base64("other")),
  );

  assert.deepEqual(imagesIn(text, unread), [
    { url: "https://images.example/large.webp", data: base64("a") },
    { url: "blob:https://example.org/1", data: base64("blob") },
  ]);
});

test("an image that the page shows by two names is taken once", () => {
  const unread = ["one", "two"].map((name) => ({ url: URL_A, name }));
  const text = mhtml(part("one", base64("a")), part("two", base64("b")));

  assert.deepEqual(imagesIn(text, unread), [{ url: URL_A, data: base64("a") }]);
});

test("what is no image is none by its name, nor is a part without one", () => {
  const other = part(URL_A, base64("<p>")).replace("image/png", "text/html");
  const nameless = part("", base64("a"));

  assert.deepEqual(imagesIn(mhtml(other, nameless), [...UNREAD, { url: URL_A, name: "" }]), []);
  assert.equal(imagesIn(mhtml(other, part(URL_A, base64("a"))), UNREAD).length, 1);
});

test("of two parts with one name the first that is whole is taken", () => {
  const text = mhtml(
    part(URL_A, ""),
    part(URL_A, "broken*"),
    part(URL_A, "潮", "quoted-printable"),
    part(URL_A, base64("raw"), "binary"),
    part(URL_A, base64("first")),
    part(URL_A, base64("second")),
  );

  assert.deepEqual(imagesIn(text, UNREAD), [{ url: URL_A, data: base64("first") }]);
});

test("images beyond the limit are left out, and smaller ones still fit", () => {
  const names = ["a", "b", "c"].map((name) => ({ url: name, name }));
  const bodies = ["x".repeat(60), "x".repeat(60), "x".repeat(30)].map(base64);
  const text = mhtml(...bodies.map((body, index) => part(names[index]?.name ?? "", body)));

  const taken = imagesIn(text, names, 100).map(({ url }) => url);

  assert.deepEqual(taken, ["a", "c"]);
});

const WHOLE = mhtml(part(URL_A, base64("a")));

for (const [what, text] of Object.entries({
  nothing: "",
  "no head": "\r\n\r\n",
  "no boundary": WHOLE.replace(/boundary=".*"/, ""),
  "another boundary": WHOLE.replace(/boundary=".*"/, 'boundary="y"'),
  "an end inside of the part": WHOLE.slice(0, -BOUNDARY.length - 10),
  "a part without a body": mhtml(`--${BOUNDARY}\r\nContent-Location: ${URL_A}\r\n`),
  "a boundary that begins nothing": mhtml().replaceAll("\r\n\r\n", "\r\n"),
  "other line ends": WHOLE.replaceAll("\r\n", "\n"),
})) {
  test(`of a text with ${what} nothing is taken`, () => {
    assert.deepEqual(imagesIn(text, UNREAD), []);
  });
}

test("a page's own words are no head: no title and no text of it names an image", () => {
  const forged = part(URL_A, base64("forged")).replace(BOUNDARY, "guess");
  const text = mhtml(part("https://example.org/b", forged, "quoted-printable")).replace(
    "Subject: ",
    'Subject: Content-Type: multipart/related; boundary="guess" ',
  );

  assert.deepEqual(imagesIn(text, UNREAD), []);
});

test("the time grows with the length alone", () => {
  const many = Array.from({ length: 20_000 }, (_, index) => part(`https://e.org/${index}`, "QQ=="));
  const text = mhtml(...many, part(URL_A, base64("x".repeat(10_000_000))));
  const begun = performance.now();

  assert.equal(imagesIn(text, UNREAD).length, 1);
  assert.ok(performance.now() - begun < 5_000);
});
