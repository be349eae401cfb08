import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { config } from 'zod/mini';
import type { ConsoleFacts } from '../server/facts.ts';
import { BlockPage } from './pages/block.tsx';
import { ErasePage } from './pages/erase.tsx';
import { ImportPage } from './pages/import.tsx';
import { JobPage } from './pages/job.tsx';
import { JobsPage } from './pages/jobs.tsx';
import { KeysPage } from './pages/keys.tsx';
import { ListPage } from './pages/list.tsx';
import { NumbersPage } from './pages/numbers.tsx';
import { OperationsPage } from './pages/operations.tsx';
import { ProtectedPage } from './pages/protected.tsx';
import { UserPage } from './pages/user.tsx';
import { goTo, href, type Place, usePlace } from './route.ts';
import { ask } from './service/call.ts';
import { Facts } from './service/facts.ts';
import { Rules, useLoadedRules } from './service/reasons.ts';
import { actFor, hasChosen } from './service/session.ts';
import { useLoad } from './service/use-load.ts';
import { ActsFor } from './ui/acts-for.tsx';
import { Messages } from './ui/messages.tsx';
import { Search } from './ui/search.tsx';
import { FailureBox, Loading } from './ui/states.tsx';
import 'uplot/dist/uPlot.min.css';
import './console.css';

// The page may not make code of text, and the library would try to.
config({ jitless: true });

interface PageProps {
  readonly place: Place;
}

const PAGES: Readonly<
  Record<string, { readonly title: string; readonly page: (props: PageProps) => preact.JSX.Element }>
> = {
  '': { title: 'Numbers', page: NumbersPage },
  user: { title: 'User', page: UserPage },
  erase: { title: 'Erase a person', page: ErasePage },
  block: { title: 'Block', page: BlockPage },
  list: { title: 'Blocked users', page: ListPage },
  jobs: {
    title: 'Jobs',
    page: (props) => (props.place.parts.length > 1 ? <JobPage {...props} /> : <JobsPage {...props} />),
  },
  import: { title: 'Import', page: ImportPage },
  operations: { title: 'Operations', page: OperationsPage },
  protected: { title: 'Protected users', page: ProtectedPage },
  keys: { title: 'Keys', page: KeysPage },
};

const NAVIGATION = ['', 'list', 'block', 'import', 'jobs', 'operations', 'protected', 'keys'] as const;

function App() {
  const facts = useLoad('facts', () => ask<ConsoleFacts>('/console.json'));
  if (facts.state === 'loading') return <Loading what="the console" />;
  if (facts.state === 'failed') {
    return (
      <main id="main">
        <h1>Blocklist</h1>
        <FailureBox failure={facts.failure} retry={facts.reload} />
      </main>
    );
  }
  const { on_behalf_of: person } = facts.data;
  if (person !== undefined && !hasChosen()) actFor(person);
  return (
    <Facts.Provider value={facts.data}>
      <Console facts={facts.data} />
    </Facts.Provider>
  );
}

function Console({ facts: { service, read_only: readOnly } }: { readonly facts: ConsoleFacts }) {
  const place = usePlace();
  return (
    <Rules.Provider value={useLoadedRules()}>
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <header class="top">
        <div class="bar">
          <a class="brand" href="#/">
            Blocklist
          </a>
          <Search place={place} />
          {!readOnly && <ActsFor />}
          {readOnly && <span class="badge plain">only reads</span>}
        </div>
        <nav aria-label="Pages">
          <ul>
            {NAVIGATION.map((name) => (
              <li key={name}>
                <a href={href(name === '' ? [] : [name])} aria-current={current(place) === name ? 'page' : undefined}>
                  {PAGES[name]?.title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <Messages />
      <Main place={place} />
      <footer>
        <span class="id">{service}</span>
      </footer>
    </Rules.Provider>
  );
}

function current({ parts }: Place): string {
  return parts[0] ?? '';
}

function skip(): void {
  document.getElementById('main')?.focus();
}

function Main({ place }: PageProps) {
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const found = PAGES[current(place)];
  const path = place.parts.join('/');
  useEffect(() => {
    const named = current(place) === 'user' ? `+${place.parts[1] ?? ''}`.replace('++', '+') : undefined;
    document.title = `${named ?? found?.title ?? 'Not found'} · Blocklist`;
    // Whoever does not see the page hears that it is another one. At the start the search has the focus.
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    if (!isFirst.current) scrollTo(0, 0);
    isFirst.current = false;
  }, [path]);
  const Page = found?.page;
  return (
    <main id="main" tabIndex={-1} ref={main}>
      {Page === undefined ? (
        <>
          <h1>There is no such page</h1>
          <p>
            <a href="#/">To the numbers</a>
          </p>
        </>
      ) : (
        <Page key={current(place)} place={place} />
      )}
    </main>
  );
}

addEventListener('keydown', (event) => {
  const { target } = event;
  const isTyping = target instanceof HTMLElement && target.matches('input, textarea, select');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.getElementById('search')?.focus();
});

const holder = document.getElementById('console');
if (holder !== null) render(<App />, holder);
if (location.hash === '') goTo('#/');
