// Listens to the stream of a run at rest, and has the page drawn again once there is something new:
// another window may let it go on.

const watches = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector("span");
  if (!watches.has(root)) watches.set(root, new Watch(root));
  const watch = watches.get(root);
  watch.show(component);
  return () => {
    if (!root.isConnected) watch.stream.close();
  };
}

class Watch {
  constructor(root) {
    this.root = root;
    this.stream = new RunStream({
      tell: (_, news) => this.hear(news),
      break: () => this.giveUp(),
    });
  }

  show({ data, setTriggerValue, setStateValue }) {
    this.ask = () => setTriggerValue("moved", true);
    this.giveUp = () => setStateValue("broken", true);
    this.seen = data.seen;
    this.isAsked = false;
    this.stream.follow(data.stream);
  }

  async hear(news) {
    if (news === this.seen || this.isAsked) return;
    this.isAsked = true;
    await scriptAtRest();
    if (this.root.isConnected && this.isAsked) this.ask();
  }
}
