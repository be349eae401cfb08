import { join } from 'node:path';

/** The project's folder. */
export const PROJECT_DIRECTORY = join(import.meta.dirname, '..', '..');

/** Everything that local runs install, write or leave behind; ignored by git. */
export const LOCAL_DIRECTORY = join(PROJECT_DIRECTORY, '.local');

/** Commands of the project's own packages; its `node` is Node 24, the runtime of the deployed functions. */
export const PROJECT_BIN_DIRECTORY = join(PROJECT_DIRECTORY, 'node_modules', '.bin');

export const PROJECT_NODE = join(PROJECT_BIN_DIRECTORY, 'node');

/** Search path of every process that a local run starts: the project's commands first, then the system's. */
export const CHILD_PATH = [PROJECT_BIN_DIRECTORY, '/usr/local/bin', '/usr/bin', '/bin'].join(':');
