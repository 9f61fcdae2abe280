import type { Quota } from './quota.js';
import type { ReplyRule } from './reply-rule.js';

/** A message server as it is configured now. The password is open here: never log or store this object. */
export interface ServerSettings {
  readonly tenantId: string;
  readonly serverKey: string;
  /** Grows with every change of the settings; a new one closes the circuit and idle connections. */
  readonly version: number;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMode;
  readonly verifyCertificate: boolean;
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Without it the rate is unlimited. */
  readonly messagesPerMinute?: number;
  /** Over all replicas. */
  readonly maxConnections: number;
  /** Beside messages per minute. */
  readonly quotas?: readonly Quota[];
  /** Servers of the tenant with the same group share rate, connections and quotas; these are the group's. */
  readonly limitGroup?: string;
  readonly maxSizeBytes?: number;
  /** What replies of this server mean, before the reply table. */
  readonly replyRules?: readonly ReplyRule[];
}

/**
 * `implicit`: TLS from the first byte (RFC 8314). `starttls`: required, with a verified certificate.
 * `opportunistic`: encrypted when the server offers it, the certificate not verified (RFC 7435). `none`: plain text.
 */
export type TlsMode = 'implicit' | 'starttls' | 'opportunistic' | 'none';
