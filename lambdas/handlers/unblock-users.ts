import { submitChange } from '../core/submit-change.ts';
import { readChange } from '../http/block-request.ts';
import { changeResponse } from '../http/change-response.ts';
import { handle } from '../http/handle.ts';
import { changeDeps, httpOptions } from '../runtime/composition.ts';

/** `DELETE …/block_users` */
export const handler = handle(httpOptions, async (request) =>
  changeResponse(request, 'unblock', await submitChange(changeDeps(), readChange(request, 'unblock'))),
);
