import { explanations, type Advice } from "../src/error-explanations.ts";
import { catalogue, type Code } from "../src/errors.ts";
import { exampleProblem } from "../src/schemas/problem.ts";

const advice: Readonly<Record<Advice, string>> = {
  retry: "Send the same request again, with the same key.",
  change: "Change the request.",
  ask: "Ask somebody.",
};

const codes = Object.keys(catalogue) as Code[];

/**
 * The page that the `type` of a problem document leads to: each code of the catalogue at its
 * anchor.
 */
export function renderProblemsPage(): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Edgebank problems</title>
    <link rel="icon" type="image/png" sizes="32x32" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/problems.css" />
  </head>
  <body>
    <header>
      <h1>Problems</h1>
      <p>
        Every error is a problem document (RFC 9457). Branch on its <code>code</code>: it never
        changes its meaning.
        <code>request_id</code> finds the request in the bank's log. The operations are described
        <a href="/docs">here</a>.
      </p>
    </header>
    <nav aria-label="Codes">
      <ul>
${codes.map(renderLink).join("\n")}
      </ul>
    </nav>
    <main>
${codes.map(renderCode).join("\n")}
    </main>
  </body>
</html>
`;
}

const renderLink = (code: Code): string =>
  `        <li><span>${catalogue[code].status}</span> ` +
  `<a href="#${code}"><code>${code}</code></a></li>`;

function renderCode(code: Code): string {
  const { status, title } = catalogue[code];
  const { when, advice: kind, then } = explanations[code];
  return `      <section id="${code}">
        <h2><a href="#${code}"><code>${code}</code></a> <span class="status">${status}</span></h2>
        <p>${escape(title)}</p>
        <dl>
          <dt>When</dt>
          <dd>${escape(when)}</dd>
          <dt>What to do</dt>
          <dd><strong>${advice[kind]}</strong> ${escape(then)}</dd>
          <dt>Example</dt>
          <dd><pre tabindex="0">${escape(JSON.stringify(exampleProblem(code), null, 2))}</pre></dd>
        </dl>
      </section>`;
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
