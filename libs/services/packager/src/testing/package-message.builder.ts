import { hash } from 'node:crypto';
import {
  busExamples,
  type BlobRef,
  type BusMessage,
  type PackageMessage,
  type RunPins,
} from '@mailrun/contracts';
import type { BlobStore } from '@mailrun/platform-blobs';
import { KeyRing, SecretBox, secretOwner } from '@mailrun/platform-secrets';

/** Keys for tests. */
export const testSecrets = () => new SecretBox(KeyRing.parse(`k1:${Buffer.alloc(32, 7).toString('base64')}`));

export const examplePins: RunPins = {
  definition: { key: 'monthly-invoice', version: 1, name: 'Monthly invoice' },
  sender: {
    fromKey: 'billing',
    address: 'billing@billing.example',
    displayName: 'Chinook Billing',
    serverKey: 'main',
  },
  template: { key: 'invoice', version: 1, subject: '', html: '' },
  transformations: [],
  images: [],
  zip: false,
  inDoubtPolicy: 'hold',
  bcc: [],
  run: { id: busExamples.exampleHeaders.runId },
};

/** Makes `package-message` records whose blobs are in a store. */
export class PackageMessageBuilder {
  private made = 0;

  constructor(
    private readonly blobs: BlobStore,
    private readonly secrets: SecretBox,
  ) {}

  async blob(area: string, content: Buffer | string): Promise<BlobRef> {
    const bytes = Buffer.from(content as string);
    const sha256 = hash('sha256', bytes, 'hex');
    return this.blobs.put(`${area}/${busExamples.exampleHeaders.tenantId}/${sha256}`, bytes);
  }

  pins(changes: Partial<RunPins> = {}): Promise<BlobRef> {
    return this.blob('pins', JSON.stringify({ ...examplePins, ...changes }));
  }

  async attachment(fileName: string, content: Buffer | string, contentType = 'application/pdf') {
    return { fileName, contentType, content: await this.blob('documents', content) };
  }

  sealedPassword(password: string, customerId: string = busExamples.customer.id) {
    return this.secrets.seal(
      password,
      secretOwner(busExamples.exampleHeaders.tenantId, 'customer', customerId),
    );
  }

  async message(
    changes: Partial<PackageMessage> & {
      readonly runPins?: Partial<RunPins>;
      readonly mode?: 'live' | 'test';
    } = {},
  ): Promise<BusMessage<PackageMessage>> {
    const { runPins, mode = 'live', ...body } = changes;
    const { password: _, ...example } = busExamples.packageMessage;
    return {
      headers: { ...busExamples.exampleHeaders, mode },
      body: {
        ...example,
        messageId: `019351a0-0000-7000-8000-${String(++this.made).padStart(12, '0')}`,
        pins: await this.pins(runPins),
        attachments: [],
        ...body,
      },
    };
  }
}
