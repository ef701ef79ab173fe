/** What the extension uses of DOMPurify. */

interface Config {
  ALLOWED_TAGS: string[];
  ALLOWED_ATTR: string[];
  ALLOW_ARIA_ATTR: boolean;
  ALLOW_DATA_ATTR: boolean;
  RETURN_DOM_FRAGMENT: true;
}

interface Attribute {
  attrName: string;
  attrValue: string;
  keepAttr: boolean;
  forceKeepAttr: boolean | undefined;
}

interface Purifier {
  sanitize(dirty: string, config: Config): DocumentFragment;
  addHook(entryPoint: "afterSanitizeAttributes", hook: (element: Element) => void): void;
  addHook(
    entryPoint: "uponSanitizeAttribute",
    hook: (element: Element, attribute: Attribute) => void,
  ): void;
}

declare const makePurifier: (window: Window) => Purifier;
export default makePurifier;
