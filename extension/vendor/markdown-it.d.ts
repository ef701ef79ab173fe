/** What the extension uses of markdown-it. */

interface Token {
  type: string;
  attrs: [string, string][] | null;
}

interface MarkdownIt {
  render(markdown: string): string;
  core: { ruler: { push(name: string, rule: (state: { tokens: Token[] }) => void): void } };
}

declare const makeRenderer: (options: { html: boolean; linkify: boolean }) => MarkdownIt;
export default makeRenderer;
