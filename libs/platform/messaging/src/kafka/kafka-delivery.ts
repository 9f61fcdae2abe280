import type { BusMessage, MessageType } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import type { KafkaMessage } from 'kafkajs';
import type { Delivery, RawRecord } from '../delivery/delivery.js';
import { referenceOf, type ClaimCheck } from '../wire/claim-check.js';
import { claimHeader, fromWire } from '../wire/headers.js';
import { accepted } from '../wire/validate.js';

/** A record of a partition. */
export class KafkaDelivery implements Delivery {
  readonly sizeBytes: number;

  constructor(
    private readonly message: KafkaMessage,
    private readonly type: MessageType,
    private readonly claims: ClaimCheck,
  ) {
    const { value } = message;
    const size = value?.byteLength ?? 0;
    this.sizeBytes = this.isClaim && value !== null ? (referenceOf(value)?.sizeBytes ?? size) : size;
  }

  get key(): string {
    return this.message.key?.toString() ?? '';
  }

  decode(): BusMessage | Promise<BusMessage> {
    const { value } = this.message;
    const headers = fromWire(this.headers());
    if (value === null)
      throw new Refusal('malformed', 'messaging.invalid-message', 'The record has no value.');
    if (!this.isClaim) return { headers, body: this.body(value) };
    return this.claims.collect(value).then((bytes) => ({ headers, body: this.body(bytes) }));
  }

  raw(): RawRecord {
    return { headers: this.headers(), value: this.message.value?.toString() ?? '' };
  }

  private get isClaim(): boolean {
    return this.message.headers?.[claimHeader] !== undefined;
  }

  private body(json: Buffer): unknown {
    try {
      return accepted(this.type, JSON.parse(json.toString()));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new Refusal('malformed', 'messaging.invalid-json', `The body is no JSON: ${error.message}`);
    }
  }

  private headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.message.headers ?? {})) {
      const first = Array.isArray(value) ? value[0] : value;
      if (first !== undefined) headers[name] = first.toString();
    }
    return headers;
  }
}
