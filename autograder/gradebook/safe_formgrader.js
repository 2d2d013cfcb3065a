// What students wrote, called themselves or named a file is a name in an address, and text in a dialog.

// A name may hold whatever means something in an address, and what is no text at all, but no slash.
const part = (name) => encodeURIComponent(name.replace(/\p{Surrogate}/gu, "\ufffd"));
const inAddress = function (address) {
    if (typeof address !== "string" || !address.startsWith("/")) return address;
    const start = address.startsWith(base_url) ? base_url.length : 0;
    return address.slice(0, start) + address.slice(start).split("/").map(part).join("/");
};

$.ajaxPrefilter(function (options) {
    options.url = inAddress(options.url);
});

// It would encode one of the names, and the filter above them all.
Backbone.Model.prototype.url = function () {
    const base = _.result(this, "urlRoot") || _.result(this.collection, "url");
    return this.isNew() ? base : base + "/" + this.id;
};

const setAttribute = $.fn.attr;
$.fn.attr = function (name, value) {
    return name === "href" && arguments.length > 1
        ? setAttribute.call(this, name, inAddress(value))
        : setAttribute.apply(this, arguments);
};

const createModalOf = createModal;
createModal = function (id, title, body, footer) {
    return createModalOf(id, title, typeof body === "string" ? document.createTextNode(body) : body, footer);
};
