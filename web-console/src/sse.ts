/** One dispatched event of a `text/event-stream`. */
export interface ServerEvent {
  event: string;
  data: string;
  id: string;
}

/** Characters one event may hold before the stream is given up: hints are tens of characters. */
export const EVENT_CHARS_LIMIT = 65_536;

export class SseTooLong extends Error {
  constructor(chars: number) {
    super(`event of ${chars} characters: at most ${EVENT_CHARS_LIMIT} are read`);
    this.name = 'SseTooLong';
  }
}

/**
 * Turns the text of an event stream into events, whatever the cuts between chunks. Lines end in LF, CR or CRLF; a
 * CR at the end of a chunk ends its line at once, and an LF that opens the next chunk is dropped.
 */
export class SseParser {
  private line = '';
  private data: string[] = [];
  private dataChars = 0;
  private event = '';
  private id = '';
  private afterCr = false;
  private atStart = true;

  /** Delay the server asked for, when it asked. */
  retryMillis: number | undefined;

  constructor(private readonly onEvent: (event: ServerEvent) => void) {}

  push(chunk: string): void {
    if (chunk === '') {
      return;
    }
    let from = 0;
    if (this.atStart) {
      this.atStart = false;
      from = chunk.charCodeAt(0) === 0xfeff ? 1 : 0;
    }
    for (let at = from; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at);
      if (code !== 10 && code !== 13) {
        this.afterCr = false;
        continue;
      }
      if (code === 10 && this.afterCr) {
        this.afterCr = false;
        from = at + 1;
        continue;
      }
      this.afterCr = code === 13;
      this.grow(chunk.slice(from, at));
      from = at + 1;
      const line = this.line;
      this.line = '';
      this.endLine(line);
    }
    this.grow(chunk.slice(from));
  }

  private grow(text: string): void {
    this.line += text;
    const chars = this.line.length + this.dataChars;
    if (chars > EVENT_CHARS_LIMIT) {
      throw new SseTooLong(chars);
    }
  }

  private endLine(line: string): void {
    if (line === '') {
      this.dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) {
      return;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) {
      value = value.slice(1);
    }
    switch (field) {
      case 'data':
        this.data.push(value);
        this.dataChars += value.length + 1;
        break;
      case 'event':
        this.event = value;
        break;
      case 'id':
        if (!value.includes('\0')) {
          this.id = value;
        }
        break;
      case 'retry':
        if (/^[0-9]{1,9}$/.test(value)) {
          this.retryMillis = Number(value);
        }
        break;
      default:
        break;
    }
  }

  private dispatch(): void {
    const { data, event } = this;
    this.data = [];
    this.dataChars = 0;
    this.event = '';
    if (data.length > 0) {
      this.onEvent({ event: event === '' ? 'message' : event, data: data.join('\n'), id: this.id });
    }
  }
}
