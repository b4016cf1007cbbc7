// For `node -r`: emulate listens on every interface and has no option for another. This makes it 127.0.0.1.
"use strict";
const net = require("node:net");
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (...told) {
  const [first, ...rest] = told;
  if (typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first))) {
    return listen.call(this, Number(first), "127.0.0.1", ...rest.filter((each) => typeof each !== "string"));
  }
  if (first !== null && typeof first === "object" && first.port !== undefined) {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  return listen.apply(this, told);
};
