import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import type { MailStore } from '../mail-store.js';
import { messagePage } from './layout.js';
import { MailReader } from './mail-reader.js';
import { page, problem, send, type Reply } from './responses.js';
import { routes, type Context } from './routes.js';

export interface WebServerOptions {
  readonly hostNames: readonly string[];
  readonly onFault: (error: unknown) => void;
}

/** The page and the JSON API. */
export class WebServer {
  /** Shown while there is no mail. */
  smtpAddress = { host: '', port: 0 };
  private readonly server: Server;
  private readonly reader: MailReader;

  constructor(
    private readonly store: MailStore,
    private readonly options: WebServerOptions,
  ) {
    this.reader = new MailReader(store);
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  async start(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    return this.server.address() as AddressInfo;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isApi = request.url?.startsWith('/api/') === true;
    try {
      send(response, await this.reply(request, isApi));
    } catch (error) {
      this.options.onFault(error);
      const detail = 'The mail catcher met a fault; its log says more.';
      send(
        response,
        isApi
          ? problem(500, 'mail-catcher.fault', detail)
          : page(messagePage('Something went wrong', detail), 500),
      );
    }
  }

  private async reply(request: IncomingMessage, isApi: boolean): Promise<Reply> {
    if (!this.isOurName(request.headers.host)) {
      return problem(421, 'mail-catcher.host', 'Open the mail catcher by its IP address or as localhost.');
    }
    const url = URL.parse(request.url ?? '/', 'http://localhost');
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const found = routes.filter(({ path }) => url !== null && path.test(url.pathname));
    const route = found.find((candidate) => candidate.method === method);
    if (url && route) {
      const context: Context = { store: this.store, reader: this.reader, smtpAddress: this.smtpAddress };
      return route.handle(context, {
        query: url.searchParams,
        params: route.path.exec(url.pathname)?.slice(1) ?? [],
      });
    }
    if (found.length > 0)
      return problem(405, 'mail-catcher.method', 'This address does not take this method.');
    const detail = 'There is nothing at this address.';
    return isApi
      ? problem(404, 'mail-catcher.not-found', detail)
      : page(messagePage('Not found', detail), 404);
  }

  /**
   * A page of another site can make its own name point to 127.0.0.1 and read what is here (DNS rebinding): it
   * can't do so with an IP address or with localhost.
   */
  private isOurName(hostHeader: string | undefined): boolean {
    const name = URL.parse(`http://${hostHeader ?? ''}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
    return isIP(name) > 0 || name === 'localhost' || this.options.hostNames.includes(name);
  }
}
