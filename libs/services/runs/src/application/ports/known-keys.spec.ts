import { knownKeysBehaviour } from './known-keys.behaviour.js';
import { FakeKnownKeys } from './known-keys.fake.js';

knownKeysBehaviour('fake', () => {
  const keys = new FakeKnownKeys();
  return Promise.resolve({ keys, know: (tenantId, sets) => keys.know(tenantId, sets) });
});
