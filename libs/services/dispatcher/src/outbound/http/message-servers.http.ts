import { Injectable } from '@nestjs/common';
import { getInternalSender, getServerConnection, type ServerConnection } from '@mailrun/contracts';
import { isOutage, Refusal } from '@mailrun/platform-errors';
import { RouteClient } from '@mailrun/platform-http';
import { SecretBox, secretOwner } from '@mailrun/platform-secrets';
import type { ReplyRule } from '../../domain/reply-rule.js';
import { verdictOf } from '../../domain/verdicts.js';
import { MessageServers, type Sender } from '../../application/ports/message-servers.port.js';
import type { ServerSettings } from '../../domain/server-settings.js';

/** A corrected password must help soon. */
const freshMs = 2_000;
/** While the definitions service is away, what was known serves on. */
const staleMs = 600_000;

interface Known {
  readonly settings: ServerSettings | undefined;
  readonly at: number;
}

/** Asks the definitions service; answers are kept for two seconds. */
@Injectable()
export class HttpMessageServers extends MessageServers {
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<ServerSettings | undefined>>();

  constructor(
    private readonly client: RouteClient,
    private readonly secrets: SecretBox,
  ) {
    super();
  }

  async find(tenantId: string, serverKey: string): Promise<ServerSettings | undefined> {
    const key = `${tenantId}/${serverKey}`;
    const known = this.known.get(key);
    if (known && Date.now() - known.at < freshMs) return known.settings;
    let asking = this.asking.get(key);
    if (!asking) {
      asking = this.ask(tenantId, serverKey).finally(() => this.asking.delete(key));
      this.asking.set(key, asking);
    }
    try {
      const settings = await asking;
      this.known.set(key, { settings, at: Date.now() });
      return settings;
    } catch (error) {
      if (known && isOutage(error) && Date.now() - known.at < staleMs) return known.settings;
      throw error;
    }
  }

  async findSender(tenantId: string, fromKey: string): Promise<Sender | undefined> {
    const found = await orUndefined(
      this.client.call(getInternalSender, { tenantId }, { params: { key: fromKey } }),
    );
    return (
      found && {
        address: found.address,
        displayName: found.displayName ?? undefined,
        serverKey: found.serverKey,
      }
    );
  }

  private async ask(tenantId: string, serverKey: string): Promise<ServerSettings | undefined> {
    const found = await orUndefined(
      this.client.call(getServerConnection, { tenantId }, { params: { key: serverKey } }),
    );
    return found && this.settingsFrom(tenantId, found);
  }

  private settingsFrom(tenantId: string, given: ServerConnection): ServerSettings {
    const { serverKey, user, password, messagesPerMinute, maxSizeBytes, limitGroup } = given;
    return {
      tenantId,
      serverKey,
      version: given.version,
      host: given.host,
      port: given.port,
      tls: given.tls,
      verifyCertificate: given.verifyCertificate,
      maxConnections: given.maxConnections,
      replyRules: given.replyRules.map(replyRuleFrom),
      quotas: given.limits,
      ...(messagesPerMinute === null ? {} : { messagesPerMinute }),
      ...(limitGroup === null ? {} : { limitGroup }),
      ...(maxSizeBytes === null ? {} : { maxSizeBytes }),
      ...(user === null
        ? {}
        : {
            credentials: {
              user,
              password: password
                ? this.secrets.open(password, secretOwner(tenantId, 'message-server', serverKey))
                : '',
            },
          }),
    };
  }
}

/** Parts of the text match in capital and small letters. */
const replyRuleFrom = ({
  stages,
  smtp,
  enhanced,
  text,
  scope,
  permanent,
}: ServerConnection['replyRules'][number]): ReplyRule => ({
  ...(stages && { stages }),
  ...(smtp && { smtp }),
  ...(enhanced && { enhanced }),
  ...(text && { text: text.map((part) => part.toLowerCase()) }),
  verdict: verdictOf(scope, permanent),
});

/** What is not there is undefined. */
async function orUndefined<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'not-found') return undefined;
    throw error;
  }
}
