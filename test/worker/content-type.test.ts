import { describe, expect, test } from "vitest";
import { requireJson } from "../../src/edge/content-type.ts";

const refused = expect.objectContaining({ code: "unsupported_media_type" }) as Error;

describe("a body is read when its Content-Type is", () => {
  test.each([
    "application/json",
    "Application/JSON",
    " application/json ",
    "application/json;",
    "application/json;;;",
    "application/json ; ",
    "application/json; version=1",
    "application/json; utf-8",
    "application/json; q=0.5; profile=x",
    "application/json ;charset=utf-8",
    "application/json; charset = utf-8 ; version=1",
    "application/json; charset=\tutf-8\t",
    "application/json;   charset=utf-8",
    "application/json; charset=utf8",
    'application/json; charset="UTF-8"; version=1',
    "application/json; charset=us-ascii",
    'application/json; note="; charset=utf-16"',
    String.raw`application/json; note="\"; charset=utf-16"`,
  ])("%s", (type) => {
    expect(() => {
      requireJson(type, undefined);
    }).not.toThrow();
  });
});

describe("a body is not read when its Content-Type is", () => {
  test.each([
    undefined,
    "",
    ";",
    "; charset=utf-8",
    "text/json",
    "application/jsonp",
    "application/json+x",
    "application/json charset=utf-8",
    "application/json, application/json",
    "application/json; charset=utf-16",
    "application/json;charset=utf-16",
    "application/json; charset=iso-8859-1",
    "application/json; charset=",
    "application/json; CHARSET=latin1",
    "application/json; charset=utf-8; charset=utf-16",
    'application/json; note="x"; charset = utf-16',
    'application/json; note="never closed',
  ])("%s", (type) => {
    expect(() => {
      requireJson(type, undefined);
    }).toThrow(refused);
  });
});

describe("a header of 300,000 characters is judged by reading it once", () => {
  const length = 300_000;

  test.each([
    ["spaces inside a charset", `application/json; charset=utf${" ".repeat(length)}8`],
    [
      "escaped quotes in a value that is never closed",
      `application/json; x="${String.raw`\"`.repeat(length / 2)}`,
    ],
  ])("%s", (_, type) => {
    expect(() => {
      requireJson(type, undefined);
    }).toThrow(refused);
  });
});

test.each([undefined, "", "identity", "IDENTITY", "identity, identity"])(
  "a body is read when its Content-Encoding is %s",
  (encoding) => {
    expect(() => {
      requireJson("application/json", encoding);
    }).not.toThrow();
  },
);

test.each(["gzip", "br", "identity, gzip", "x"])(
  "a body is not read when its Content-Encoding is %s",
  (encoding) => {
    expect(() => {
      requireJson("application/json", encoding);
    }).toThrow(refused);
  },
);
