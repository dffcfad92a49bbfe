import { describe, expect, it } from 'vitest';
import { EVENT_CHARS_LIMIT, type ServerEvent, SseParser, SseTooLong } from '../src/sse';
import { random } from './random';

function parse(...chunks: string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  chunks.forEach((chunk) => parser.push(chunk));
  return events;
}

const data = (...chunks: string[]) => parse(...chunks).map((event) => event.data);

describe('event stream parser', () => {
  it('reads a named event', () => {
    expect(parse('event: change\ndata: {"kind":"node"}\nid: 7\n\n')).toEqual([
      { event: 'change', data: '{"kind":"node"}', id: '7' },
    ]);
  });

  it('ends lines with LF, CR and CRLF, also when CR and LF come apart', () => {
    expect(data('data: a\r\n\r\n', 'data: b\r\r', 'data: c\n\n')).toEqual(['a', 'b', 'c']);
    expect(data('data: a\r', '\ndata: b\r', '\n', '\r', '\n')).toEqual(['a\nb']);
  });

  it('joins data lines, drops one leading space, and keeps an empty data line', () => {
    expect(data('data:a\ndata:  b\ndata\n\n')).toEqual(['a\n b\n']);
  });

  it('ignores comments, unknown fields, and events without data', () => {
    expect(parse(': hello\n\nevent: change\n\nwhat: x\nno colon\n\n')).toEqual([]);
    expect(parse('event: change\n\ndata: x\n\n')).toEqual([{ event: 'message', data: 'x', id: '' }]);
  });

  it('drops a byte order mark at the very start only', () => {
    expect(data('\ufeffdata: a\n\n', '\ufeffdata: b\n\n')).toEqual(['a']);
  });

  it('keeps the last id, and refuses one with a NUL', () => {
    expect(parse('id: 1\ndata: a\n\ndata: b\n\nid: \0\ndata: c\n\n').map((event) => event.id)).toEqual(['1', '1', '1']);
  });

  it('takes a retry delay of digits alone', () => {
    const parser = new SseParser(() => {});
    parser.push('retry: 12x\n');
    expect(parser.retryMillis).toBeUndefined();
    parser.push('retry: 1200\n');
    expect(parser.retryMillis).toBe(1200);
  });

  it('does not dispatch an event that the stream ends in the middle of', () => {
    expect(parse('data: a\n\ndata: b\n')).toHaveLength(1);
  });

  it('gives up on a line, or on data, without end', () => {
    const parser = new SseParser(() => {});
    expect(() => parser.push('x'.repeat(EVENT_CHARS_LIMIT + 1))).toThrow(SseTooLong);
    expect(() => data(`data: ${'x'.repeat(1000)}\n`.repeat(100))).toThrow(SseTooLong);
    expect(data(`data: ${'x'.repeat(1000)}\n\n`.repeat(100))).toHaveLength(100);
  });

  it('reads the same events wherever the text is cut', () => {
    const text = '\ufeff: hi\r\nevent: change\r\ndata: {"a":1}\r\n\r\ndata: x\rdata: y\r\rid: 3\ndata:z\n\n';
    const whole = parse(text);
    expect(whole).toHaveLength(3);
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed);
      const chunks: string[] = [];
      for (let at = 0; at < text.length; ) {
        const chars = Math.floor(next() * 6);
        chunks.push(text.slice(at, at + chars));
        at += chars;
      }
      expect(parse(...chunks), `seed ${seed}`).toEqual(whole);
    }
  });
});
