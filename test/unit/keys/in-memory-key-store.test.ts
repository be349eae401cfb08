import { InMemoryKeyStore } from '../../support/in-memory-key-store.ts';
import { keyStoreContract } from '../../support/key-contract.ts';

keyStoreContract(async () => new InMemoryKeyStore());
