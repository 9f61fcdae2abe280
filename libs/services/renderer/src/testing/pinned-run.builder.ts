import { createHash } from 'node:crypto';
import {
  busExamples,
  type BlobRef,
  type BusMessage,
  type MakeDocuments,
  type RenderMessage,
  type RunPins,
} from '@mailrun/contracts';
import type { BlobStore } from '@mailrun/platform-blobs';

const { exampleHeaders } = busExamples;

/** A run's pins, complete and valid. */
export function pinsOf(changes: Partial<RunPins> = {}): RunPins {
  return {
    definition: { key: 'monthly', version: 1, name: 'Monthly invoices' },
    sender: { fromKey: 'billing', address: 'billing@billing.example', serverKey: 'main' },
    template: {
      key: 'invoice',
      version: 1,
      subject: 'Invoice @invoice.number',
      html: '<p>@customer.name</p>',
      text: 'Dear @customer.name',
    },
    transformations: [
      { key: 'invoice-pdf', version: 1, fileNamePattern: 'Invoice-@(invoice.number).pdf' },
      {
        key: 'invoice-csv',
        version: 1,
        outputType: 'csv',
        template: '@invoice.number;@invoice.total',
        fileNamePattern: '@(invoice.number).csv',
      },
    ],
    images: [],
    zip: true,
    archiveNamePattern: '@(invoice.number).zip',
    inDoubtPolicy: 'hold',
    bcc: [],
    run: { id: exampleHeaders.runId, periodFirstDay: '2025-05-01', periodLastDay: '2025-05-31' },
    ...changes,
  };
}

/** Puts pins and gives messages that name them. */
export class PinnedRunBuilder {
  constructor(private readonly blobs: BlobStore) {}

  async pin(pins: RunPins | Buffer): Promise<BlobRef> {
    const bytes = Buffer.isBuffer(pins) ? pins : Buffer.from(JSON.stringify(pins));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return await this.blobs.put(`pins/${exampleHeaders.tenantId}/${sha256}.json`, bytes);
  }

  renderMessage(pins: BlobRef, changes: Partial<RenderMessage> = {}): BusMessage<RenderMessage> {
    return { headers: exampleHeaders, body: { ...busExamples.renderMessage, pins, ...changes } };
  }

  makeDocuments(pins: BlobRef, changes: Partial<MakeDocuments> = {}): BusMessage<MakeDocuments> {
    return { headers: exampleHeaders, body: { ...busExamples.makeDocuments, pins, ...changes } };
  }
}
