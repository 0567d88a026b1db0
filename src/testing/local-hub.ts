import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** The origin that was asked. */
  readonly origin: string;
}

/** The headers that let pages of other origins read the hub's answers. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, range',
  'access-control-expose-headers': 'etag, content-range, retry-after',
};

/** A server that behaves like the Hugging Face hub: lists of files, redirects to files, ranges, and failures. */
export class LocalHub {
  readonly asked: Asked[] = [];
  readonly files: Map<string, Uint8Array>;
  etag = '"one"';
  ranges = true;
  /** Cuts the connection after this many bytes of an answer; `cuts` says how often. */
  cutAfter = Infinity;
  cuts = 0;
  /** Called when a connection was cut. */
  onCut = (): void => undefined;
  /** The first `times` answers have this status and these headers. */
  busy: { readonly status: number; times: number; readonly headers?: Readonly<Record<string, string>> } = {
    status: 503,
    times: 0,
  };
  /** The host of the files, if it is another: each answer redirects there with a new signature. */
  fileHost: LocalHub | null = null;
  silent = 0;
  readonly server: Server = createServer((request, response) => this.#answer(request, response));
  #origin = '';

  constructor(files: Readonly<Record<string, Uint8Array>>) {
    this.files = new Map(Object.entries(files));
  }

  /** Starts listening. @param port 0 takes any free one. */
  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    this.#origin = `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get origin(): string {
    return this.#origin;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const { range, authorization } = request.headers;
    this.asked.push({ path, range, authorization, origin: this.origin });
    const end = (status: number, headers: Record<string, string> = {}, body: Uint8Array | string = ''): void => {
      response.writeHead(status, headers);
      response.end(body);
    };
    if (path.startsWith('/api/models/owner/private/') && request.headers.authorization !== 'Bearer secret') return end(401);
    if (path.startsWith('/api/models/owner/')) {
      return end(
        200,
        { 'content-type': 'application/json' },
        JSON.stringify({ siblings: [...this.files.keys()].map((rfilename) => ({ rfilename })) }),
      );
    }
    const resolved = /^\/owner\/\w+\/resolve\/main\/(.+)$/.exec(path)?.[1];
    if (resolved !== undefined) return end(302, { location: this.#placeOf(resolved) });
    if (path === '/loop') return end(302, { location: '/loop' });
    const file = this.files.get(decodeURIComponent(path.replace('/cdn/', '').replace(/\?.*$/, '')));
    if (!path.startsWith('/cdn/') || !file) return end(404);
    if (this.busy.times-- > 0) return end(this.busy.status, this.busy.headers);
    this.#send(request, response, file);
  }

  #placeOf(file: string): string {
    return this.fileHost ? `${this.fileHost.origin}/cdn/${file}?X-Signature=${this.asked.length}` : `/cdn/${file}`;
  }

  #send(request: IncomingMessage, response: ServerResponse, file: Uint8Array): void {
    const [, start = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const from = Number(start);
    const end = last === '' ? file.length : Math.min(file.length, Number(last) + 1);
    const partial = this.ranges && request.headers.range !== undefined;
    if (partial && from >= file.length) {
      response.writeHead(416, { 'content-range': `bytes */${file.length}` });
      response.end();
      return;
    }
    const body = partial ? file.subarray(from, end) : file;
    response.writeHead(partial ? 206 : 200, {
      'content-length': String(body.length),
      etag: this.etag,
      ...(partial ? { 'content-range': `bytes ${from}-${end - 1}/${file.length}` } : {}),
    });
    if (this.silent-- > 0) {
      response.write(body.subarray(0, 10));
    } else if (body.length > this.cutAfter && this.cuts-- > 0) {
      // A client loses what it has not read when its connection breaks, so it gets time to read.
      response.write(body.subarray(0, this.cutAfter), () =>
        setTimeout(() => {
          response.destroy();
          this.onCut();
        }, 400),
      );
    } else {
      response.end(body);
    }
  }
}
