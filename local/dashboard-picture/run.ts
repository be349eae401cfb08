/** `npm run docs:dashboard`: docs/pictures/service-dashboard.svg, from the definition that is deployed and values that are examples. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { buildStack, makeFolder } from '../../test/template/build-stack.ts';
import { pictureOf } from './picture.ts';

const { folder, remove } = makeFolder();
const picture = pictureOf(buildStack(folder, 'prod').artifact.template);
remove();
writeFileSync(join(PROJECT_ROOT, 'docs/pictures/service-dashboard.svg'), picture);
