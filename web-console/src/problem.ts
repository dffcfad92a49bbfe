const PREFIX = 'urn:fleetwright:problem:';

/** A request that was refused or never arrived; `kind` is the last part of the problem type. */
export class Problem extends Error {
  constructor(
    /** HTTP status, or 0 when no answer came. */
    readonly status: number,
    readonly kind: string,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail === '' ? title : `${title}: ${detail}`);
    this.name = 'Problem';
  }

  static unreachable(cause: unknown): Problem {
    const timedOut = cause instanceof DOMException && cause.name === 'TimeoutError';
    return timedOut
      ? new Problem(0, 'timeout', 'The controller took too long to answer', 'Nothing was changed on this page.')
      : new Problem(0, 'unreachable', 'The controller cannot be reached', 'Check the network, or that it is running.');
  }

  /** Reads a refusal: problem+json when it is one, the bare status when it is not (a proxy's page, an empty body). */
  static async of(response: Response): Promise<Problem> {
    const fallback = `The controller answered ${response.status}`;
    const type = response.headers.get('content-type') ?? '';
    if (!/^application\/(problem\+)?json\b/i.test(type)) {
      return new Problem(response.status, 'http', fallback, '');
    }
    let body: unknown;
    try {
      body = await response.json();
    } catch {
      return new Problem(response.status, 'http', fallback, '');
    }
    const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
    const urn = text(fields.type);
    return new Problem(
      response.status,
      urn.startsWith(PREFIX) ? urn.slice(PREFIX.length) : 'http',
      text(fields.title) || fallback,
      text(fields.detail),
    );
  }
}

/** Whatever was thrown, as something that can be shown in place. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem(0, 'bug', 'The console failed', String(thrown));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
