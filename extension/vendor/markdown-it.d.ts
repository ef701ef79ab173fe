/** What the extension uses of markdown-it. */

export interface Token {
  type: string;
  attrs: [string, string][] | null;
  content: string;
  children: Token[] | null;
}

export interface CoreState {
  tokens: Token[];
  Token: new (type: string, tag: string, nesting: number) => Token;
}

export interface InlineState {
  src: string;
  pos: number;
  push(type: string, tag: string, nesting: number): Token;
}

export interface MarkdownIt {
  render(markdown: string): string;
  use(plugin: (renderer: MarkdownIt) => void): void;
  core: { ruler: { push(name: string, rule: (state: CoreState) => void): void } };
  inline: {
    ruler: {
      before(
        other: string,
        name: string,
        rule: (state: InlineState, silent: boolean) => boolean,
      ): void;
    };
  };
  renderer: { rules: Record<string, () => string> };
}

declare const makeRenderer: (options: { html: boolean; linkify: boolean }) => MarkdownIt;
export default makeRenderer;
