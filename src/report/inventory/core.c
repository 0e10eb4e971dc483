/* What report scripts use and mruby has not: streams, substitutions with patterns,
 * times in words. The simple half is Ruby. */
#include "report/inventory/inventory-private.h"

#include <mruby/class.h>
#include <mruby/compile.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <string.h>
#include <time.h>

#define TIME_BYTES_MAX 256

static const char prelude[] =
    "class SyntaxError < StandardError; end unless "
    "Object.const_defined?(:SyntaxError)\n"
    "class LoadError < StandardError; end unless Object.const_defined?(:LoadError)\n"
    "class FormatException < StandardError; end\n"
    "class ReportStream\n"
    "  def initialize(errors) @errors = errors end\n"
    "  def write(*all) all.each { |one| __write(@errors, one.to_s) }; nil end\n"
    "  def print(*all) write(*all) end\n"
    "  def <<(one) write(one); self end\n"
    "  def printf(*all) write(sprintf(*all)) end\n"
    "  def puts(*all)\n"
    "    write(\"\\n\") if all.empty?\n"
    "    all.flatten.each do |one|\n"
    "      line = one.to_s\n"
    "      write(line, line[-1] == \"\\n\" ? '' : \"\\n\")\n"
    "    end\n"
    "    nil\n"
    "  end\n"
    "  def flush; self end\n"
    "  def sync=(on) on end\n"
    "end\n"
    "STDOUT = $stdout = ReportStream.new(false)\n"
    "STDERR = $stderr = ReportStream.new(true)\n"
    "module Kernel\n"
    "  def puts(*all) $stdout.puts(*all) end\n"
    "  def print(*all) $stdout.print(*all) end\n"
    "  def printf(*all) $stdout.printf(*all) end\n"
    "  def warn(*all) $stderr.puts(*all) end\n"
    "  def p(*all)\n"
    "    all.each { |one| $stdout.puts(one.inspect) }\n"
    "    all.size > 1 ? all : all[0]\n"
    "  end\n"
    "  def require(name)\n"
    "    return false if %w[formatr time date].include?(name)\n"
    "    raise LoadError, \"cannot load such file -- #{name}: report scripts have the "
    "core of Ruby only\"\n"
    "  end\n"
    "end\n"
    "class Time\n"
    "  def to_s; strftime('%a %b %d %H:%M:%S %z %Y') end\n"
    "end\n"
    "class Regexp\n"
    "  def __expand(text, groups)\n"
    "    out, at = '', 0\n"
    "    while (slash = text.index(\"\\\\\", at))\n"
    "      out << text[at...slash]\n"
    "      mark = text[slash + 1]\n"
    "      if mark && mark >= '0' && mark <= '9'\n"
    "        out << groups[mark.to_i].to_s\n"
    "      elsif mark == '&'\n"
    "        out << groups[0].to_s\n"
    "      else\n"
    "        out << (mark == \"\\\\\" ? mark : \"\\\\#{mark}\")\n"
    "      end\n"
    "      at = slash + 2\n"
    "    end\n"
    "    out << text[at..-1].to_s\n"
    "  end\n"
    "  def __each(text, once)\n"
    "    at = 0\n"
    "    while at <= text.bytesize && (places = __at(text, at))\n"
    "      from, to = places[0]\n"
    "      yield from, to, places.map { |a| a && text.byteslice(a[0], a[1] - a[0]) }\n"
    "      break if once\n"
    "      at = to\n"
    "      if from == to\n"
    "        at += 1\n"
    "        at += 1 while at < text.bytesize && text.getbyte(at) & 0xc0 == 0x80\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "class Array\n"
    "  alias __times *\n"
    "  def *(by) by.is_a?(String) ? join(by) : __times(by) end\n"
    "end\n"
    "class String\n"
    "  alias __sub sub\n"
    "  alias __gsub gsub\n"
    "  alias __split split\n"
    "  alias __slice []\n"
    "  def __replace(pattern, by, once)\n"
    "    out, last = '', 0\n"
    "    pattern.__each(self, once) do |from, to, groups|\n"
    "      out << byteslice(last, from - last)\n"
    "      if by.nil?\n"
    "        out << (yield groups[0]).to_s\n"
    "      else\n"
    "        out << (by.is_a?(Hash) ? by[groups[0]].to_s : "
    "pattern.__expand(by, groups))\n"
    "      end\n"
    "      last = to\n"
    "    end\n"
    "    out << byteslice(last, bytesize - last)\n"
    "  end\n"
    "  def sub(pattern, *by, &block)\n"
    "    return __sub(pattern, *by, &block) unless pattern.is_a?(Regexp)\n"
    "    __replace(pattern, by[0], true, &block)\n"
    "  end\n"
    "  def gsub(pattern, *by, &block)\n"
    "    return __gsub(pattern, *by, &block) unless pattern.is_a?(Regexp)\n"
    "    __replace(pattern, by[0], false, &block)\n"
    "  end\n"
    "  def sub!(*all, &block) text = sub(*all, &block); text == self ? nil : "
    "replace(text) end\n"
    "  def gsub!(*all, &block) text = gsub(*all, &block); text == self ? nil : "
    "replace(text) end\n"
    "  def scan(pattern)\n"
    "    pattern = Regexp.new(Regexp.escape(pattern)) unless pattern.is_a?(Regexp)\n"
    "    found = []\n"
    "    pattern.__each(self, false) do |from, to, groups|\n"
    "      found << (groups.size > 1 ? groups[1..-1] : groups[0])\n"
    "    end\n"
    "    found.each { |one| yield one } if block_given?\n"
    "    found\n"
    "  end\n"
    "  def split(pattern = nil, limit = 0)\n"
    "    return __split(pattern || ' ', limit) unless pattern.is_a?(Regexp)\n"
    "    out, last = [], 0\n"
    "    pattern.__each(self, false) do |from, to, groups|\n"
    "      break if limit > 0 && out.size >= limit - 1\n"
    "      next if to == 0 || (from == to && from >= bytesize)\n"
    "      out << byteslice(last, from - last)\n"
    "      out.concat(groups[1..-1].compact)\n"
    "      last = to\n"
    "    end\n"
    "    out << byteslice(last, bytesize - last)\n"
    "    out.pop while limit == 0 && !out.empty? && out[-1].empty?\n"
    "    out\n"
    "  end\n"
    "  def [](*all)\n"
    "    return __slice(*all) unless all[0].is_a?(Regexp)\n"
    "    groups = all[0].match(self)\n"
    "    groups && groups[all[1] || 0]\n"
    "  end\n"
    "  alias slice []\n"
    "end\n";

/* stream.__write(errors, text): beside CSV and its like the script's own words would
 * spoil the document, so they go to the errors. */
static mrb_value take_write(mrb_state *mrb, mrb_value self)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);
    mrb_bool errors = FALSE;
    mrb_value text = mrb_nil_value();

    mrb_get_args(mrb, "bS", &errors, &text);
    run->ops->write(run->user,
                    errors || run->output != MC_INVENTORY_TEXT ? MC_INVENTORY_ERRORS
                                                               : MC_INVENTORY_OUT,
                    mc_ruby_bytes(text));
    return self;
}

static mrb_value take_strftime(mrb_state *mrb, mrb_value self)
{
    const char *format = NULL;
    char text[TIME_BYTES_MAX] = "";
    struct tm tm;

    mrb_get_args(mrb, "z", &format);
    mrb_value seconds = mrb_funcall(mrb, self, "to_i", 0);
    time_t when = mrb_integer_p(seconds) ? (time_t)mrb_integer(seconds) : 0;
    bool utc = mrb_test(mrb_funcall(mrb, self, "utc?", 0));
    if (utc ? !gmtime_r(&when, &tm) : !localtime_r(&when, &tm)) {
        mrb_raise(mrb, mrb_class_get(mrb, "ArgumentError"), "there is no such time");
    }
    if (strftime(text, sizeof(text), format, &tm) == 0 && format[0]) {
        mrb_raise(mrb, mrb_class_get(mrb, "ArgumentError"), "the time is too long");
    }
    return mrb_str_new_cstr(mrb, text);
}

void mc_inventory__define_core(mrb_state *mrb)
{
    mrbc_context *context = mrbc_context_new(mrb);

    mrb_define_method(mrb, mrb_class_get(mrb, "Time"), "strftime", take_strftime,
                      MRB_ARGS_REQ(1));
    mrb_define_method(mrb, mrb->object_class, "__write", take_write, MRB_ARGS_REQ(2));
    mrbc_filename(mrb, context, "prelude");
    (void)mrb_load_nstring_cxt(mrb, prelude, sizeof(prelude) - 1, context);
    mrbc_context_free(mrb, context);
    if (mrb->exc) {
        mrb_value exception = mrb_obj_value(mrb->exc);
        mrb->exc = NULL;
        mrb_exc_raise(mrb, exception);
    }
}
