import type { AddressInfo } from 'node:net';
import { defaultLimits, type CatcherLimits } from './caught-mail.js';
import { MailStore } from './mail-store.js';
import { SmtpReception } from './smtp-reception.js';
import { WebServer } from './web/web-server.js';

export interface MailCatcherOptions {
  /** Where mails are kept; made when missing. */
  readonly folder: string;
  /** 0 (default) takes any free port. */
  readonly smtpPort?: number;
  readonly httpPort?: number;
  /** Loopback by default: whoever reaches the catcher can read every mail in it. */
  readonly host?: string;
  /** Names, besides IP addresses and localhost, under which the page may be opened (a guard against DNS rebinding). */
  readonly hostNames?: readonly string[];
  readonly limits?: Partial<CatcherLimits>;
  /** Hears of faults that lose no confirmed mail: a sender that hung up, a file that could not be removed. */
  readonly onFault: (error: unknown) => void;
}

interface Parts {
  readonly store: MailStore;
  readonly smtp: SmtpReception;
  readonly web: WebServer;
  readonly smtpAddress: { readonly host: string; readonly port: number };
  readonly url: string;
}

/** A mail server for trying things out: takes every mail, keeps it on disk, delivers nothing, shows it on a page. */
export class MailCatcher {
  private parts: Parts | undefined;

  /** @throws the system's error when a port is taken or the folder can't be used. */
  async start(options: MailCatcherOptions): Promise<void> {
    if (this.parts) throw new Error('The mail catcher was started already.');
    const { folder, host = '127.0.0.1', onFault } = options;
    const limits = { ...defaultLimits, ...options.limits };
    const store = await MailStore.open(folder, limits, onFault);
    const smtp = new SmtpReception(store, limits, onFault);
    const web = new WebServer(store, { hostNames: options.hostNames ?? [], onFault });
    try {
      const smtpAddress = toAddress(await smtp.start(host, options.smtpPort ?? 0));
      web.smtpAddress = smtpAddress;
      const { host: webHost, port } = toAddress(await web.start(host, options.httpPort ?? 0));
      const url = `http://${webHost.includes(':') ? `[${webHost}]` : webHost}:${port}`;
      this.parts = { store, smtp, web, smtpAddress, url };
    } catch (error) {
      await Promise.all([smtp.stop(), web.stop()]);
      await store.close();
      throw error;
    }
  }

  /** Ends conversations (within two seconds) and closes all files; harmless when not started. */
  async stop(): Promise<void> {
    const parts = this.parts;
    if (!parts) return;
    this.parts = undefined;
    await Promise.all([parts.smtp.stop(), parts.web.stop()]);
    await parts.store.close();
  }

  /** How many mails are kept now. */
  count(): number {
    return this.running.store.count;
  }

  get smtpAddress(): { readonly host: string; readonly port: number } {
    return this.running.smtpAddress;
  }

  /** Of the page and the JSON API, without a slash at the end. */
  get url(): string {
    return this.running.url;
  }

  private get running(): Parts {
    if (!this.parts) throw new Error('The mail catcher is not running.');
    return this.parts;
  }
}

const toAddress = ({ address, port }: AddressInfo) => ({ host: address, port });
