import { type ComponentChild, h, render } from 'preact';
import { Api } from '../src/api';
import { ConsoleProvider } from '../src/context';
import { Live } from '../src/live';
import type { ChangeKind, Who } from '../src/wire';

type Handler = (event: unknown) => void;

/** As much of an element, or of a text, as Preact draws with. */
export class FakeNode {
  readonly childNodes: FakeNode[] = [];
  readonly attributes: { name: string; value: unknown }[] = [];
  readonly style = { setProperty: () => undefined };
  /** By name in small letters; Preact writes names of events that an element does not know as they are in the view. */
  readonly handlers = new Map<string, { type: string; handler: Handler }>();
  readonly namespaceURI = 'http://www.w3.org/1999/xhtml';
  readonly localName: string;
  parentNode: FakeNode | null = null;
  data = '';
  [field: string]: unknown;

  constructor(
    readonly nodeType: number,
    name: string,
  ) {
    this.localName = name;
  }

  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): FakeNode | null {
    const all = this.parentNode?.childNodes ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }

  insertBefore(child: FakeNode, before: FakeNode | null): FakeNode {
    child.parentNode?.removeChild(child);
    const at = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    this.childNodes.splice(at, 0, child);
    child.parentNode = this;
    return child;
  }

  appendChild(child: FakeNode): FakeNode {
    return this.insertBefore(child, null);
  }

  removeChild(child: FakeNode): FakeNode {
    this.childNodes.splice(this.childNodes.indexOf(child), 1);
    child.parentNode = null;
    return child;
  }

  contains(other: FakeNode | null): boolean {
    for (let at = other; at; at = at.parentNode) {
      if (at === this) {
        return true;
      }
    }
    return false;
  }

  attribute(name: string): unknown {
    return this.attributes.find((each) => each.name === name)?.value;
  }

  setAttribute(name: string, value: unknown): void {
    this.removeAttribute(name);
    this.attributes.push({ name, value });
  }

  removeAttribute(name: string): void {
    const at = this.attributes.findIndex((each) => each.name === name);
    if (at >= 0) {
      this.attributes.splice(at, 1);
    }
  }

  addEventListener(type: string, handler: Handler): void {
    this.handlers.set(type.toLowerCase(), { type, handler });
  }

  removeEventListener(type: string): void {
    this.handlers.delete(type.toLowerCase());
  }

  focus(): void {}

  get text(): string {
    return this.nodeType === 3 ? this.data : this.childNodes.map((child) => child.text).join('');
  }

  /** All below, and this, that are of a tag. */
  all(tag: string): FakeNode[] {
    return [...(this.localName === tag ? [this] : []), ...this.childNodes.flatMap((child) => child.all(tag))];
  }

  /** What a person does to it; `fields` are set first, as a browser would. */
  fire(type: string, fields: Record<string, unknown> = {}): void {
    Object.assign(this, fields);
    const { type: name, handler } = this.handlers.get(type) ?? { type };
    handler?.call(this, { type: name, currentTarget: this, target: this, preventDefault: () => undefined });
  }
}

/** The page: hidden or visible, and told when that changes. */
export class FakePage extends EventTarget {
  hidden = false;
  title = '';
  readonly documentElement = new FakeNode(1, 'html');
  createElement = (name: string) => new FakeNode(1, name);
  createElementNS = (_: string, name: string) => new FakeNode(1, name);
  createTextNode = (data: string) => Object.assign(new FakeNode(3, '#text'), { data });
  getElementById = () => null;

  show(visible: boolean): void {
    this.hidden = !visible;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

/** A console whose requests the test answers, drawn on a made-up page. */
export class Drawing {
  readonly page = new FakePage();
  readonly root = new FakeNode(1, 'body');
  readonly live = new Live(() => new Promise(() => undefined));
  private readonly hearers: { kinds: readonly ChangeKind[]; hear: () => void }[] = [];

  constructor(readonly api: Api = new Api('t')) {
    this.live.subscribe = (kinds, hear) => {
      const entry = { kinds, hear };
      this.hearers.push(entry);
      return () => this.hearers.splice(this.hearers.indexOf(entry), 1);
    };
  }

  hint(kind: ChangeKind): void {
    this.hearers.filter((each) => each.kinds.includes(kind)).forEach((each) => each.hear());
  }

  draw(child: ComponentChild): void {
    const who: Who = { tenant: 'a', name: 'b', role: 'admin' };
    render(h(ConsoleProvider, { value: { api: this.api, live: this.live, who } }, child), this.root as unknown as Element);
  }

  leave(): void {
    render(null, this.root as unknown as Element);
  }

  button(text: string): FakeNode | undefined {
    return this.root.all('button').find((button) => button.text === text);
  }
}
