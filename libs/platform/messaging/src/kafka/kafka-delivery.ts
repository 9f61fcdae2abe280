import type { BusMessage, MessageType } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import type { KafkaMessage } from 'kafkajs';
import type { Delivery, RawRecord } from '../delivery/delivery.js';
import { referenceOf, type ClaimCheck } from '../wire/claim-check.js';
import { claimHeader, fromWire } from '../wire/headers.js';
import { readBody } from '../wire/read-body.js';
import { textHeaders } from './text-headers.js';

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
    if (!this.isClaim) return { headers, body: readBody(this.type, value.toString()) };
    return this.claims
      .collect(value)
      .then((bytes) => ({ headers, body: readBody(this.type, bytes.toString()) }));
  }

  raw(): RawRecord {
    return { headers: this.headers(), value: this.message.value?.toString() ?? '' };
  }

  private get isClaim(): boolean {
    return this.message.headers?.[claimHeader] !== undefined;
  }

  private headers(): Record<string, string> {
    return textHeaders(this.message.headers);
  }
}
