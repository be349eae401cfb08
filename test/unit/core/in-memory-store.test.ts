import { InMemoryBlocklistStore, InMemoryJobStore } from '../../support/in-memory-store.ts';
import { storeContract } from '../../support/store-contract.ts';

storeContract('the in-memory store', () => ({ store: new InMemoryBlocklistStore(), jobs: new InMemoryJobStore() }));
