import { InMemoryBlocklistStore, InMemoryJobStore } from '../../support/in-memory-store.ts';
import { storeContract } from '../../support/store-contract.ts';

storeContract('the in-memory store', () => {
  const store = new InMemoryBlocklistStore();
  return { store, jobs: new InMemoryJobStore(store), outbox: store.outbox };
});
