import { publishEvents } from '../core/events/publish-events.ts';
import { publishDeps } from '../runtime/composition/publishing.ts';
import { readStreamInput, task } from '../runtime/task.ts';

/** Publishes the events that the stream of the table tells of. An error makes Lambda call it again for the same ones. */
export const handler = task('publish-events', async (event) => publishEvents(publishDeps(), readStreamInput(event)));
