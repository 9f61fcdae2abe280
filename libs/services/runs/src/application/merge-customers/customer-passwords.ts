import { Injectable } from '@nestjs/common';
import type { SealedSecret } from '@mailrun/contracts';
import { SecretBox, SecretError, secretOwner } from '@mailrun/platform-secrets';

/** Seals archive passwords for one customer: moved to another one's row, or another tenant's, they do not open. */
@Injectable()
export class CustomerPasswords {
  constructor(private readonly box: SecretBox) {}

  seal(tenantId: string, customerId: string, password: string): SealedSecret {
    return this.box.seal(password, ownerOf(tenantId, customerId));
  }

  /**
   * The password, to tell whether a new one differs. Undefined when it can't be opened (its key is gone) or should be
   * sealed anew with the current key: any given one then counts as new.
   */
  open(tenantId: string, customerId: string, sealed: SealedSecret): string | undefined {
    if (this.box.needsRotation(sealed)) return undefined;
    try {
      return this.box.open(sealed, ownerOf(tenantId, customerId));
    } catch (error) {
      if (error instanceof SecretError) return undefined;
      throw error;
    }
  }
}

/** The packager, which opens it, binds to the same owner. */
const ownerOf = (tenantId: string, customerId: string) => secretOwner(tenantId, 'customer', customerId);
