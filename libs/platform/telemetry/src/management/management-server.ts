import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '../metrics/metrics.js';
import type { Health, HealthReport } from './health.js';

/**
 * `/health/live`, `/health/ready` and `/metrics` on a port of its own, which is never public. One for a process,
 * however many services it holds.
 */
export class ManagementServer {
  private server: Server | undefined;

  constructor(
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {}

  /** Port 0 takes any free one. Returns the port. */
  async start(host: string, port: number): Promise<number> {
    const server = createServer((request, response) => {
      this.answer(request.method ?? '', request.url ?? '', response).catch((error: unknown) => {
        send(response, 500, 'text/plain', error instanceof Error ? error.message : 'failed');
      });
    });
    server.listen(port, host);
    await once(server, 'listening');
    this.server = server;
    return (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  private async answer(method: string, url: string, response: ServerResponse): Promise<void> {
    const path = url.split('?')[0];
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'text/plain', 'GET only');
    if (path === '/health/live') return sendReport(response, await this.health.live());
    if (path === '/health/ready') return sendReport(response, await this.health.ready());
    if (path !== '/metrics')
      return send(response, 404, 'text/plain', '/health/live, /health/ready, /metrics');
    const { contentType, text } = await this.metrics.render();
    send(response, 200, contentType, text);
  }
}

function sendReport(response: ServerResponse, report: HealthReport): void {
  send(response, report.ok ? 200 : 503, 'application/json', JSON.stringify(report));
}

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text);
}
