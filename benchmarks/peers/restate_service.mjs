// Restate's part: a handler that waits at an awakeable, and a workflow that waits at a durable promise.
// GET of the second port returns how many wait and how many have seen their decision; /ids those of the awakeables.
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import * as restate from "@restatedev/restate-sdk";

// The SDK expects Node.js 22; nothing else is missing in 20.
Promise.withResolvers ??= function () {
  const made = {};
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

const [services, counts] = process.argv.slice(2).map(Number);
const awakeables = [];
const workflows = new Set();
let seen = 0;

const approvals = restate.service({
  name: "approvals",
  handlers: {
    wait: async (context) => {
      const { id, promise } = context.awakeable();
      // A step: the id has to be told to those who decide, and once.
      await context.run("publish", () => { awakeables.push(id); });
      await promise;
      seen += 1;
    },
  },
});

const approval = restate.workflow({
  name: "approval",
  handlers: {
    run: async (context) => {
      workflows.add(context.key);
      await context.promise("decision");
      seen += 1;
    },
    decide: async (context, option) => {
      await context.promise("decision").resolve(option);
    },
  },
});

const handler = restate.createEndpointHandler({ services: [approvals, approval] });
createHttp2Server(handler).listen(services, "127.0.0.1");
createServer((request, response) => {
  const counted = { waiting: awakeables.length + workflows.size, seen };
  response.end(JSON.stringify(request.url === "/ids" ? awakeables : counted));
}).listen(counts, "127.0.0.1");
