// A run's live stream: what the server tells of the run, with no question asked and no script run.

const FIRST_NEWS_MS = 4000; // a stream that says nothing for so long is held back by something
const MAX_ERRORS = 3; // failures before the first news, after which it is given up

class RunStream {
  // tell(snapshot, news) is called whenever the run has changed, `news` being another one each time;
  // break() if the stream does not come through.
  constructor({ tell, break: giveUp }) {
    Object.assign(this, { tell, giveUp, wanted: null, source: null });
    this.watch = () => this.open(); // a browser has few connections; a hidden page needs none
    document.addEventListener("visibilitychange", this.watch);
  }

  // A run at rest is followed too: it may go on in another window.
  follow(url) {
    this.wanted = url ?? null;
    this.open();
  }

  open() {
    const url = document.hidden ? null : this.wanted;
    if (url === this.url && this.source) return;
    this.leave();
    this.url = url;
    if (!url) return;
    let [isHeard, errors] = [false, 0]; // once it was heard, a failure is an outage and passes
    const hear = () => {
      clearTimeout(this.silence);
      isHeard = true;
    };
    const source = (this.source = new EventSource(url));
    this.silence = setTimeout(() => this.fail(), FIRST_NEWS_MS);
    source.onmessage = ({ data, lastEventId }) => {
      hear();
      this.tell(JSON.parse(data), lastEventId);
    };
    source.addEventListener("rest", hear);
    source.addEventListener("end", () => this.follow(null)); // it never goes on
    source.onerror = () => {
      errors += 1;
      const isRefused = source.readyState === EventSource.CLOSED;
      if (isRefused || (!isHeard && errors >= MAX_ERRORS)) this.fail();
    };
  }

  fail() {
    this.leave();
    this.giveUp();
  }

  leave() {
    clearTimeout(this.silence);
    this.source?.close();
    this.source = null;
  }

  close() {
    this.leave();
    document.removeEventListener("visibilitychange", this.watch);
  }
}
