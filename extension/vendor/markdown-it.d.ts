/** What the extension uses of markdown-it. */

import type { BlockNames } from "../blocks.js";

export interface Token {
  type: string;
  attrs: [string, string][] | null;
  /** The lines of a block: its first, and the one after its last. */
  map: [number, number] | null;
  level: number;
  meta: { label?: string } | null;
  content: string;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

/** What a rendering is told, and what rules tell each other. */
export interface Env {
  names?: BlockNames;
}

export interface CoreState {
  src: string;
  env: Env;
  tokens: Token[];
  Token: new (type: string, tag: string, nesting: number) => Token;
}

export interface InlineState {
  src: string;
  pos: number;
  push(type: string, tag: string, nesting: number): Token;
}

export interface Renderer {
  rules: Record<string, RendererRule>;
}

export type RendererRule = (
  tokens: Token[],
  index: number,
  options: object,
  env: Env,
  self: Renderer,
) => string;

export interface MarkdownIt {
  render(markdown: string, env?: Env): string;
  use(plugin: (renderer: MarkdownIt) => void): void;
  core: {
    ruler: {
      after(other: string, name: string, rule: (state: CoreState) => void): void;
      push(name: string, rule: (state: CoreState) => void): void;
    };
  };
  inline: {
    ruler: {
      before(
        other: string,
        name: string,
        rule: (state: InlineState, silent: boolean) => boolean,
      ): void;
    };
  };
  renderer: Renderer;
}

declare const makeRenderer: (options: { html: boolean; linkify: boolean }) => MarkdownIt;
export default makeRenderer;
